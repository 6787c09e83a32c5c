//! The models: their names, meanings, sources, and which implies which.

use crate::node::Nanos;
use std::fmt;

/// How stale a read may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// Its value was current so long ago at most.
    Time(Nanos),
    /// At most so many newer versions were written before it.
    Versions(u32),
}

/// A consistency model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    /// One order of all operations, in real time.
    Linearizable,
    /// One order of all operations that keeps each session's.
    Sequential,
    /// Each process has one view, which keeps the causal order (CM).
    CausalMemory,
    /// Causal, and concurrent writes are ordered alike for all (CCv, causal+).
    CausalConvergence,
    /// Each read is explained by what causally precedes it (CC).
    Causal,
    /// Each process has one view, which keeps the order of each session.
    Pram,
    /// A session reads what it wrote.
    ReadYourWrites,
    /// A session never goes back to what is older.
    MonotonicReads,
    /// The writes of a session are seen in their order.
    MonotonicWrites,
    /// A write is seen only with what its session had read before it.
    WritesFollowReads,
    /// Reads are not staler than a bound.
    BoundedStaleness(Bound),
    /// So long after the last write, reads agree.
    Eventual(Nanos),
}

impl Model {
    /// Every model, from strong to weak, where those with a bound have this one.
    pub fn all(delay: Nanos, versions: u32) -> [Model; 13] {
        [
            Model::Linearizable,
            Model::Sequential,
            Model::CausalMemory,
            Model::CausalConvergence,
            Model::Causal,
            Model::Pram,
            Model::ReadYourWrites,
            Model::WritesFollowReads,
            Model::MonotonicWrites,
            Model::MonotonicReads,
            Model::BoundedStaleness(Bound::Time(delay)),
            Model::BoundedStaleness(Bound::Versions(versions)),
            Model::Eventual(delay),
        ]
    }

    /// The name, without its bound.
    pub fn name(self) -> &'static str {
        match self {
            Model::Linearizable => "linearizable",
            Model::Sequential => "sequential",
            Model::CausalMemory => "causal-memory",
            Model::CausalConvergence => "causal-convergence",
            Model::Causal => "causal",
            Model::Pram => "pram",
            Model::ReadYourWrites => "read-your-writes",
            Model::MonotonicReads => "monotonic-reads",
            Model::MonotonicWrites => "monotonic-writes",
            Model::WritesFollowReads => "writes-follow-reads",
            Model::BoundedStaleness(_) => "bounded-staleness",
            Model::Eventual(_) => "eventual",
        }
    }

    /// What it means, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Model::Linearizable => "each operation takes effect at one moment between its call and its return",
            Model::Sequential => "all operations have one order, which keeps each session's",
            Model::CausalMemory => "each process sees all writes in one order of its own, which keeps the causal order",
            Model::CausalConvergence => "causal, and all order concurrent writes alike (causal+)",
            Model::Causal => {
                "each read is explained by the writes that causally precede it: all four session guarantees"
            }
            Model::Pram => "each process sees all writes in one order of its own, which keeps each session's order",
            Model::ReadYourWrites => "a session reads what it wrote itself, or something newer",
            Model::MonotonicReads => "a session that has read a write never reads as if it had not been",
            Model::MonotonicWrites => "who reads on never sees a session's write without its earlier ones",
            Model::WritesFollowReads => "who reads on never sees a write without what its session had read before it",
            Model::BoundedStaleness(Bound::Time(_)) => "each read returns what was current so long ago at most",
            Model::BoundedStaleness(Bound::Versions(_)) => "each read returns one of so many newest versions",
            Model::Eventual(_) => "so long after the last write to a key, all reads of it agree",
        }
    }

    /// Where it is from.
    pub fn source(self) -> &'static str {
        match self {
            Model::Linearizable => "Herlihy & Wing 1990; decided as in Gibbons & Korach 1997",
            Model::Sequential => "Lamport 1979",
            Model::CausalMemory => "Ahamad et al. 1995; bad patterns: Bouajjani et al. 2017",
            Model::CausalConvergence => "Lloyd et al. 2011, Burckhardt 2014; bad patterns: Bouajjani et al. 2017",
            Model::Causal => "Perrin et al. 2016; bad patterns: Bouajjani et al. 2017",
            Model::Pram => "Lipton & Sandberg 1988",
            Model::ReadYourWrites | Model::MonotonicReads | Model::MonotonicWrites | Model::WritesFollowReads => {
                "Terry et al. 1994"
            }
            Model::BoundedStaleness(Bound::Time(_)) => "Golab, Li & Shah 2011 (delta-atomicity)",
            Model::BoundedStaleness(Bound::Versions(_)) => "after Aiyer, Alvisi & Bazzi 2005 (k-atomicity)",
            Model::Eventual(_) => "Terry et al. 1994, Vogels 2009",
        }
    }

    /// Whether the models need an order of each session's operations.
    pub(super) fn needs_sessions(self) -> bool {
        !matches!(self, Model::Linearizable | Model::BoundedStaleness(_) | Model::Eventual(_))
    }

    /// The arrows of the hierarchy. Bounds grow weaker on top of this.
    fn next(self) -> &'static [Next] {
        use Model::*;
        match self {
            Linearizable => &[Next::Plain(Sequential), Next::Fresh, Next::Newest],
            Sequential => &[Next::Plain(CausalMemory), Next::Plain(CausalConvergence)],
            CausalMemory => &[Next::Plain(Causal), Next::Plain(Pram)],
            CausalConvergence => &[Next::Plain(Causal)],
            Causal => &[Next::Plain(ReadYourWrites), Next::Plain(MonotonicWrites), Next::Plain(WritesFollowReads)],
            Pram => &[Next::Plain(ReadYourWrites), Next::Plain(MonotonicWrites)],
            MonotonicWrites | WritesFollowReads => &[Next::Plain(MonotonicReads)],
            BoundedStaleness(Bound::Time(_)) => &[Next::Converges],
            ReadYourWrites | MonotonicReads | BoundedStaleness(Bound::Versions(_)) | Eventual(_) => &[],
        }
    }

    /// Whether every history that has this model has the other too. [`Model::Eventual`] is implied in that it is not
    /// violated: the history may have nothing in it to converge.
    ///
    /// Causal convergence and causal memory imply neither each other, nor, the first, PRAM: it lets a session's reads
    /// be explained one by one.
    pub fn implies(self, other: Model) -> bool {
        let within = |a: Nanos, b: Nanos| a <= b;
        match (self, other) {
            (Model::BoundedStaleness(Bound::Time(a)), Model::BoundedStaleness(Bound::Time(b))) => return within(a, b),
            (Model::BoundedStaleness(Bound::Versions(a)), Model::BoundedStaleness(Bound::Versions(b))) => {
                return a <= b;
            }
            (Model::Eventual(a), Model::Eventual(b)) => return within(a, b),
            _ => {}
        }
        self == other
            || self.next().iter().any(|next| match (next, self) {
                (Next::Plain(model), _) => model.implies(other),
                (Next::Fresh, _) => Model::BoundedStaleness(Bound::Time(Nanos::ZERO)).implies(other),
                (Next::Newest, _) => Model::BoundedStaleness(Bound::Versions(0)).implies(other),
                (Next::Converges, Model::BoundedStaleness(Bound::Time(delay))) => Model::Eventual(delay).implies(other),
                (Next::Converges, _) => false,
            })
    }

    /// Reads a name as [`fmt::Display`] writes it, the bound behind `=`: `bounded-staleness=10ms`,
    /// `bounded-staleness=2`, `eventual=1s`. `eventual` alone gives no time to converge.
    ///
    /// # Errors
    /// What was found and what is allowed.
    pub fn parse(text: &str) -> Result<Model, String> {
        let (name, bound) = match text.split_once('=') {
            Some((name, bound)) => (name, Some(bound)),
            None => (text, None),
        };
        let time = |bound: &str| bound.parse::<Nanos>();
        match (name, bound) {
            ("bounded-staleness", None) => {
                Err("`bounded-staleness` needs a bound: a time as in `bounded-staleness=10ms`, or a number of \
                     versions as in `bounded-staleness=2`"
                    .to_owned())
            }
            ("bounded-staleness", Some(bound)) => match (bound.parse(), time(bound)) {
                (Ok(versions), _) => Ok(Model::BoundedStaleness(Bound::Versions(versions))),
                (Err(_), Ok(delay)) => Ok(Model::BoundedStaleness(Bound::Time(delay))),
                (Err(_), Err(_)) => Err(format!(
                    "`{bound}` is no bound: expected a time as in `bounded-staleness=10ms`, or a number of versions \
                     as in `bounded-staleness=2`"
                )),
            },
            ("eventual", None) => Ok(Model::Eventual(Nanos::ZERO)),
            ("eventual", Some(bound)) => time(bound)
                .map(Model::Eventual)
                .map_err(|_| format!("`{bound}` is no time: expected one as in `eventual=1s`")),
            (_, bound) => {
                let known = Model::all(Nanos::ZERO, 0);
                let model = known.iter().find(|model| model.name() == name);
                match (model, bound) {
                    (Some(model), None) => Ok(*model),
                    (Some(_), Some(_)) => Err(format!("`{name}` has no bound: expected `{name}`")),
                    (None, _) => {
                        let mut names: Vec<&str> = known.iter().map(|model| model.name()).collect();
                        names.dedup();
                        Err(format!("unknown model `{name}`: expected one of {}", names.join(", ")))
                    }
                }
            }
        }
    }
}

/// Where an arrow leads.
#[derive(Clone, Copy)]
enum Next {
    Plain(Model),
    /// To staleness of no time.
    Fresh,
    /// To staleness of no version.
    Newest,
    /// To convergence within the same time.
    Converges,
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Model::BoundedStaleness(Bound::Time(delay)) => write!(f, "={delay}"),
            Model::BoundedStaleness(Bound::Versions(versions)) => write!(f, "={versions}"),
            Model::Eventual(Nanos::ZERO) => Ok(()),
            Model::Eventual(within) => write!(f, "={within}"),
            _ => Ok(()),
        }
    }
}
