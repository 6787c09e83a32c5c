//! What a site keeps on its disk: the values of its keys, the parts of transactions that it has prepared, and what
//! became of each.
//!
//! A prepared part is a redo record: the steps, what they read, and the values they will leave behind. Nothing changes
//! before the decision, so an abort undoes nothing. What became of a transaction is kept for good: a message that
//! arrives late must not begin it again, and others that are in doubt may ask.

use crate::spec::atomic_commit::{CommitFact, Decision, Key, Site, Step, Txn, Value};
use std::collections::BTreeMap;

/// A part of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Work {
    /// How old it is, for locks.
    pub age: Txn,
    /// All sites that take part.
    pub sites: Vec<Site>,
    /// What it does here.
    pub steps: Vec<Step>,
}

/// What a part comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Effects {
    /// What its reads gave, in order.
    pub reads: Vec<Value>,
    /// What it leaves behind.
    pub writes: BTreeMap<Key, Value>,
}

/// A change of what a site keeps.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ResourceChange {
    /// A part is prepared.
    Prepare {
        /// Which site.
        site: Site,
        /// Of which transaction.
        txn: Txn,
        /// What it does.
        work: Work,
        /// What it comes to.
        effects: Effects,
    },
    /// The site votes no, and so has aborted.
    Refuse {
        /// Which site.
        site: Site,
        /// On which transaction.
        txn: Txn,
        /// Why.
        why: &'static str,
    },
    /// A decision is carried out.
    Finish {
        /// Which site.
        site: Site,
        /// On which transaction.
        txn: Txn,
        /// Which decision.
        decision: Decision,
    },
}

impl ResourceChange {
    /// The facts that it is.
    pub fn facts(&self, tell: &mut impl FnMut(CommitFact)) {
        match self {
            ResourceChange::Prepare { site, txn, work, effects } => tell(CommitFact::Prepared {
                site: *site,
                txn: *txn,
                steps: work.steps.clone(),
                reads: effects.reads.clone(),
            }),
            ResourceChange::Refuse { site, txn, why } => {
                tell(CommitFact::VotedNo { site: *site, txn: *txn, why });
                tell(CommitFact::Finished { site: *site, txn: *txn, decision: Decision::Abort });
            }
            ResourceChange::Finish { site, txn, decision } => {
                tell(CommitFact::Finished { site: *site, txn: *txn, decision: *decision });
            }
        }
    }

    /// The transaction that is over by it.
    pub fn finishes(&self) -> Option<Txn> {
        match self {
            ResourceChange::Prepare { .. } => None,
            ResourceChange::Refuse { txn, .. } | ResourceChange::Finish { txn, .. } => Some(*txn),
        }
    }
}

/// What a site keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Resource {
    values: BTreeMap<Key, Value>,
    prepared: BTreeMap<Txn, (Work, Effects)>,
    finished: BTreeMap<Txn, Decision>,
}

impl Resource {
    /// Carries out a change.
    pub fn apply(&mut self, change: ResourceChange) {
        match change {
            ResourceChange::Prepare { txn, work, effects, .. } => {
                self.prepared.insert(txn, (work, effects));
            }
            ResourceChange::Refuse { txn, .. } => {
                self.finished.insert(txn, Decision::Abort);
            }
            ResourceChange::Finish { txn, decision, .. } => {
                self.finished.insert(txn, decision);
                if let Some((_, effects)) = self.prepared.remove(&txn)
                    && decision == Decision::Commit
                {
                    self.values.extend(effects.writes);
                }
            }
        }
    }

    /// What the steps would come to now.
    ///
    /// # Errors
    /// Why they cannot be done.
    pub fn execute(&self, steps: &[Step]) -> Result<Effects, &'static str> {
        let Effects { mut reads, mut writes } = Effects::default();
        for step in steps {
            let key = step.key();
            let stored = || self.values.get(&key).cloned().unwrap_or_else(|| key.initial());
            if step.only_reads() {
                reads.push(writes.get(&key).cloned().unwrap_or_else(stored));
            } else {
                change(*step, writes.entry(key).or_insert_with(stored))?;
            }
        }
        Ok(Effects { reads, writes })
    }

    /// The part that is prepared, and what it comes to.
    pub fn prepared(&self, txn: Txn) -> Option<&(Work, Effects)> {
        self.prepared.get(&txn)
    }

    /// All that is prepared and not decided.
    pub fn in_doubt(&self) -> impl Iterator<Item = (Txn, &Work)> {
        self.prepared.iter().map(|(txn, (work, _))| (*txn, work))
    }

    /// What became of a transaction, once that has been carried out here.
    pub fn finished(&self, txn: Txn) -> Option<Decision> {
        self.finished.get(&txn).copied()
    }

    /// How many transactions it has carried out.
    pub fn finished_count(&self) -> usize {
        self.finished.len()
    }
}

/// Carries out a step that changes something.
fn change(step: Step, value: &mut Value) -> Result<(), &'static str> {
    match (step, value) {
        (Step::Append(_, element), Value::List(list)) => list.push(element),
        (Step::Add(_, amount), Value::Number(balance)) => {
            let left = balance.checked_add(amount).filter(|left| *left >= 0);
            *balance = left.ok_or("the account holds too little")?;
        }
        (Step::Relink(_, expected, next), Value::Number(link)) => {
            if *link != i64::from(expected) {
                return Err("the place names another one as the next");
            }
            *link = i64::from(next);
        }
        (Step::Read(_) | Step::Append(..) | Step::Add(..) | Step::Relink(..), _) => {
            return Err("the key holds a value of another kind");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::atomic_commit::AtomicCommit;
    use crate::spec::judged::Judged;

    fn steps(text: &str) -> Vec<Step> {
        AtomicCommit::parse_op(text).unwrap().steps
    }

    fn prepare(resource: &mut Resource, number: u32, text: &str) -> Txn {
        let txn = Txn { epoch: 1, number };
        let work = Work { age: txn, sites: vec![Site(0)], steps: steps(text) };
        let effects = resource.execute(&work.steps).unwrap();
        resource.apply(ResourceChange::Prepare { site: Site(0), txn, work, effects });
        txn
    }

    fn finish(resource: &mut Resource, txn: Txn, decision: Decision) {
        resource.apply(ResourceChange::Finish { site: Site(0), txn, decision });
    }

    fn read(resource: &Resource, text: &str) -> String {
        format!("{:?}", resource.execute(&steps(text)).unwrap().reads)
    }

    #[test]
    fn a_commit_changes_what_it_has_prepared_and_an_abort_nothing() {
        let mut resource = Resource::default();
        let one = prepare(&mut resource, 1, "append k1 5; add a1 -100; relink r1/3 2 3");
        assert_eq!(read(&resource, "read k1; read a1"), "[[], 100]");
        finish(&mut resource, one, Decision::Commit);
        assert_eq!(read(&resource, "read k1; read a1; read r1/3"), "[[5], 0, 3]");
        let two = prepare(&mut resource, 2, "append k1 6; read k1");
        assert_eq!(format!("{:?}", resource.prepared(two).unwrap().1.reads), "[[5, 6]]", "it sees its own");
        finish(&mut resource, two, Decision::Abort);
        assert_eq!(read(&resource, "read k1"), "[[5]]");
        assert_eq!((resource.finished(one), resource.finished(two)), (Some(Decision::Commit), Some(Decision::Abort)));
        assert_eq!((resource.in_doubt().count(), resource.finished_count()), (0, 2));
    }

    #[test]
    fn what_cannot_be_done_says_why() {
        let resource = Resource::default();
        let fails = |text: &str| resource.execute(&steps(text)).err();
        assert_eq!(fails("add a1 -101"), Some("the account holds too little"));
        assert_eq!(fails("add a1 -60; add a1 -60"), Some("the account holds too little"));
        assert_eq!(fails("relink r1/3 3 2"), Some("the place names another one as the next"));
        assert_eq!(fails("add a1 -60; add a1 60; add a1 -90"), None);
    }
}
