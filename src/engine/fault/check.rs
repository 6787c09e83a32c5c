//! Whether a declared fault makes sense in its scenario.

use crate::engine::fault::{ClockChange, Fault, Length, Target};
use crate::node::Nanos;
use crate::spec::judged::Judged;

/// The most occurrences that a repeated fault may have in a run.
const OCCURRENCES_MAX: u64 = 1_000_000;

/// A key below the fault, and a sentence: what was found and what is allowed.
type Wrong = (String, String);

impl Fault {
    /// Whether the fault makes sense for a cluster of `nodes` whose family is `F`, in a run whose faults last
    /// `run_for`.
    ///
    /// # Errors
    /// The key within the fault that is wrong, and a sentence: what was found and what is allowed.
    pub fn check<F: Judged>(&self, nodes: u32, run_for: Nanos) -> Result<(), Wrong> {
        let at = |key: &str| format!("{}.{key}", self.kind());
        self.check_trigger(run_for)
            .map_err(|(key, why)| if key.is_empty() { (self.kind().to_owned(), why) } else { (at(key), why) })?;
        if let Some((pattern, again)) = self.timing().reacts_to() {
            let key = if again { "whenever" } else { "when" };
            pattern.check::<F>().map_err(|why| (at(key), why))?;
        }
        self.check_target::<F>(nodes).map_err(|(key, why)| (at(key), why))?;
        if let Some(shape) = self.shape() {
            shape.check(nodes).map_err(|(key, why)| (at(key), why))?;
        }
        self.check_own(run_for).map_err(|(key, why)| (at(key), why))
    }

    fn check_trigger(&self, run_for: Nanos) -> Result<(), (&'static str, String)> {
        let timing = self.timing();
        let given = [
            ("at", timing.at.is_some()),
            ("every", timing.every.is_some()),
            ("when", timing.when.is_some()),
            ("whenever", timing.whenever.is_some()),
        ];
        let mut given = given.iter().filter(|(_, given)| *given).map(|(key, _)| *key);
        match (given.next(), given.next()) {
            (None, _) => {
                let why = "does not say when: it needs one of `at`, `every`, `when` and `whenever`";
                return Err(("", why.to_owned()));
            }
            (Some(first), Some(second)) => {
                return Err((second, format!("stands beside `{first}`: a fault has one of the two")));
            }
            (Some(_), None) => {}
        }
        if let Some(once) = timing.at
            && once.max >= run_for
        {
            return Err(("at", format!("{} is not before the faults end, at {run_for}", once.max)));
        }
        if let Some(every) = timing.every {
            check_interval(every.min, run_for).map_err(|why| ("every", why))?;
        }
        if timing.after.is_some() && timing.reacts_to().is_none() {
            return Err(("after", "only a fault with `when` or `whenever` has an `after`".to_owned()));
        }
        Ok(())
    }

    fn check_target<F: Judged>(&self, nodes: u32) -> Result<(), (&'static str, String)> {
        let Some((target, key)) = self.target() else { return Ok(()) };
        let wrong = |why: String| Err((key, why));
        match target {
            Target::Leader | Target::Follower if !F::HAS_LEADERS => {
                wrong("this family has no leaders: name a node or `random`".to_owned())
            }
            Target::Teller if self.timing().reacts_to().is_none() => {
                wrong("only a fault with `when` or `whenever` has a teller: the node at which the fact was seen".into())
            }
            Target::Follower if nodes < 2 => wrong("a cluster of one has no followers".to_owned()),
            Target::Minority if nodes < 3 => wrong(format!("a cluster of {nodes} has no minority: it needs 3 nodes")),
            Target::All if self.shape().is_some() => wrong("there is nobody left to cut all nodes off from".to_owned()),
            Target::Node(node) if node.index() >= nodes as usize => {
                wrong(format!("there is no {node}: nodes are n1 to n{nodes}"))
            }
            Target::Leader
            | Target::Follower
            | Target::Random
            | Target::Minority
            | Target::All
            | Target::Next
            | Target::Teller
            | Target::Node(_) => Ok(()),
        }
    }

    /// What only one kind of fault says.
    fn check_own(&self, run_for: Nanos) -> Result<(), (&'static str, String)> {
        let length = self.timing().length;
        let no_length = |why: &str| if length.is_some() { Err(("for", why.to_owned())) } else { Ok(()) };
        match self {
            Fault::Slow(slow) if slow.takes.max == Nanos::ZERO => {
                Err(("takes", "0s is no slowness: it must be longer".to_owned()))
            }
            Fault::Degrade(degrade) if degrade.network.is_empty() => {
                Err(("network", "changes nothing: it needs at least one key".to_owned()))
            }
            Fault::DiskCorrupt(_) => no_length("a rotten record stays rotten: leave it out"),
            Fault::Clock(clock) => match &clock.change {
                ClockChange::Jump(_) => no_length("a jump is not taken back: leave it out, or use `offset`"),
                ClockChange::Strobe(strobe) => {
                    let lasts = match length {
                        Some(Length::For(span)) => span.max.min(run_for),
                        Some(Length::Forever) | None => run_for,
                    };
                    check_interval(strobe.period, lasts).map_err(|why| ("change.strobe.period", why))
                }
                ClockChange::Offset(_) | ClockChange::Drift(_) | ClockChange::Freeze => Ok(()),
            },
            Fault::Partition(_) | Fault::Hold(_) | Fault::Degrade(_) if length == Some(Length::Forever) => {
                Err(("for", "links heal with all else: only a fault of a node can last forever".to_owned()))
            }
            Fault::Crash(_)
            | Fault::Pause(_)
            | Fault::Slow(_)
            | Fault::Partition(_)
            | Fault::Hold(_)
            | Fault::Degrade(_)
            | Fault::DiskStall(_)
            | Fault::DiskSlow(_)
            | Fault::DiskFull(_)
            | Fault::DiskLie(_) => Ok(()),
        }
    }
}

fn check_interval(interval: Nanos, run_for: Nanos) -> Result<(), String> {
    if interval == Nanos::ZERO {
        return Err("0s is no interval: it must be longer".to_owned());
    }
    if run_for.0 / interval.0 > OCCURRENCES_MAX {
        return Err(format!("would occur more than {OCCURRENCES_MAX} times in {run_for}"));
    }
    Ok(())
}
