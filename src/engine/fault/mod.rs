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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    /// What `list` names is what a scenario may write, and nothing is missing.
    #[test]
    fn words_are_what_a_scenario_writes() {
        for (word, _) in Target::words() {
            assert_eq!(from_value::<Target>(json!(word)).unwrap().to_string(), word);
        }
        for (word, _) in Shape::words() {
            let written = match *word {
                "isolate" | "one-way-in" | "one-way-out" => json!({ (*word): "n1" }),
                "groups" => json!({ "groups": [["n1"], ["n2"]] }),
                "links" => json!({ "links": [{ "from": ["n1"], "to": ["n2"] }] }),
                simple => json!(simple),
            };
            let shape: Shape = from_value(written.clone()).unwrap();
            assert_eq!(serde_json::to_value(&shape).unwrap(), written);
        }
        for (word, about, keys) in Fault::KINDS {
            assert!(about.ends_with('.') && !keys.is_empty(), "{word}");
        }
        let unknown = from_value::<Fault>(json!({ "explode": {} })).unwrap_err().to_string();
        assert!(Fault::KINDS.iter().all(|(word, ..)| unknown.contains(&format!("`{word}`"))), "{unknown}");
    }
}
