//! Faults as a scenario declares them: a trigger, a target, a duration. They are data; [`plan`](crate::engine::plan)
//! draws when and whom, before the run wherever it can.

mod check;
mod clock;
mod inside;
mod kinds;
mod shape;
mod target;
mod timing;

pub use clock::{ClockChange, Ppm, Shift, Strobe};
pub use inside::{Count, Inside};
pub use kinds::{
    Clock, Crash, Degrade, DiskCorrupt, DiskFull, DiskLie, DiskSlow, DiskStall, Fault, Hold, Partition, Pause, Slow,
    Unsynced,
};
pub use shape::Shape;
pub use target::Target;
pub use timing::{Length, Timing};
