//! The plan of a run: declared faults, drawn into explicit occurrences. All that can be is drawn before the run; what
//! reacts to it is drawn, from the same fault's own stream, as it reacts.

mod draw;
mod shapes;

pub use draw::{Action, DiskTrouble, Draws, Links, Planned, Remains, Whom, Window};
