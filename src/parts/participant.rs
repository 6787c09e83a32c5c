//! What a site remembers of transactions beside its disk: who has locked what, and what waits for locks.

use crate::node::RequestId;
use crate::parts::locks::{Asked, Locks};
use crate::parts::resource::{Effects, Resource, Work};
use crate::spec::atomic_commit::{Decision, Txn, Value};
use std::collections::BTreeMap;

/// A site's vote.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Vote {
    /// It has prepared its part, and this is what its reads gave.
    Yes {
        /// In order.
        reads: Vec<Value>,
    },
    /// It has aborted.
    No {
        /// Why.
        why: Refusal,
    },
}

/// Why a site votes no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// An older transaction has locked what it needs: it may be tried again.
    Dies,
    /// Its part cannot be done.
    Impossible,
    /// It had been told of an abort, or had told another site that it has not voted.
    Aborted,
}

impl Refusal {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Refusal::Dies => "an older transaction is in the way",
            Refusal::Impossible => "its part cannot be done",
            Refusal::Aborted => "it was aborted before",
        }
    }
}

/// A part that has its locks: what was asked for, and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Of which transaction.
    pub txn: Txn,
    /// What had asked for it.
    pub request: RequestId,
    /// What it is.
    pub work: Work,
}

/// What is to be done about a part that a site is asked to prepare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToDo {
    /// Prepare it.
    Prepare(Ready),
    /// Vote as before: it is prepared.
    VoteAgain(Vec<Value>),
    /// Vote no.
    VoteNo(Refusal),
    /// Vote no as before: it is aborted.
    VoteNoAgain,
    /// Nothing: it waits for locks, or is finished.
    Nothing,
}

/// The volatile side of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Participant {
    locks: Locks,
    waiting: BTreeMap<Txn, (RequestId, Work)>,
}

impl Participant {
    /// The site is asked to prepare a part, perhaps not for the first time.
    pub fn asked(&mut self, ready: Ready, resource: &Resource) -> ToDo {
        let txn = ready.txn;
        if let Some((_, Effects { reads, .. })) = resource.prepared(txn) {
            return ToDo::VoteAgain(reads.clone());
        }
        match resource.finished(txn) {
            Some(Decision::Commit) => return ToDo::Nothing,
            Some(Decision::Abort) => return ToDo::VoteNoAgain,
            None if self.waiting.contains_key(&txn) => return ToDo::Nothing,
            None => {}
        }
        match self.locks.acquire(txn, ready.work.age, &ready.work.steps) {
            Asked::Granted => ToDo::Prepare(ready),
            Asked::Waits => {
                self.waiting.insert(txn, (ready.request, ready.work));
                ToDo::Nothing
            }
            Asked::Dies => ToDo::VoteNo(Refusal::Dies),
        }
    }

    /// A transaction is over here, or waits no more. Says what had asked for it, where it waited, and which parts have
    /// got their locks by that.
    pub fn let_go(&mut self, txn: Txn) -> (Option<RequestId>, Vec<Ready>) {
        let waited = self.waiting.remove(&txn).map(|(request, _)| request);
        let granted = self.locks.release(txn);
        let ready = |txn: Txn| {
            let (request, work) = self.waiting.remove(&txn)?;
            Some(Ready { txn, request, work })
        };
        (waited, granted.into_iter().filter_map(ready).collect())
    }

    /// What was prepared before a restart is locked again.
    pub fn restore(&mut self, txn: Txn, work: &Work) {
        self.locks.restore(txn, work.age, &work.steps);
    }

    /// What waits for locks.
    pub fn waiting(&self) -> impl Iterator<Item = Txn> {
        self.waiting.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::ClientId;
    use crate::parts::resource::ResourceChange;
    use crate::spec::atomic_commit::{AtomicCommit, Site};
    use crate::spec::judged::Judged;

    fn part(number: u32, op: &str) -> Ready {
        let txn = Txn { epoch: 1, number };
        let steps = AtomicCommit::parse_op(op).unwrap().steps;
        let request = RequestId { client: ClientId::new(number), sequence: 1 };
        Ready { txn, request, work: Work { age: txn, sites: vec![Site(0)], steps } }
    }

    fn prepare(resource: &mut Resource, ready: Ready) {
        let effects = resource.execute(&ready.work.steps).unwrap();
        resource.apply(ResourceChange::Prepare { site: Site(0), txn: ready.txn, work: ready.work, effects });
    }

    #[test]
    fn a_site_votes_once_however_often_it_is_asked() {
        let (mut participant, mut resource) = (Participant::default(), Resource::default());
        let (young, old) = (part(5, "append k1 1; read k1"), part(3, "append k1 2"));
        assert_eq!(participant.asked(young.clone(), &resource), ToDo::Prepare(young.clone()));
        prepare(&mut resource, young.clone());
        assert!(matches!(participant.asked(young.clone(), &resource), ToDo::VoteAgain(reads) if reads.len() == 1));
        assert_eq!(participant.asked(old.clone(), &resource), ToDo::Nothing);
        assert_eq!(participant.asked(old.clone(), &resource), ToDo::Nothing, "it waits already");
        assert_eq!(participant.asked(part(6, "read k1"), &resource), ToDo::VoteNo(Refusal::Dies));
        assert_eq!(participant.waiting().collect::<Vec<_>>(), [old.txn]);
        let finish = |txn, decision| ResourceChange::Finish { site: Site(0), txn, decision };
        resource.apply(finish(young.txn, Decision::Commit));
        assert_eq!(participant.let_go(young.txn), (None, vec![old.clone()]));
        assert_eq!(participant.asked(young, &resource), ToDo::Nothing);
        resource.apply(finish(old.txn, Decision::Abort));
        assert_eq!(participant.let_go(old.txn), (None, vec![]));
        assert_eq!(participant.asked(old, &resource), ToDo::VoteNoAgain);
    }

    #[test]
    fn what_waits_can_be_taken_away() {
        let (mut participant, resource) = (Participant::default(), Resource::default());
        let (young, old) = (part(5, "append k1 1"), part(3, "append k1 2"));
        participant.restore(young.txn, &young.work);
        assert_eq!(participant.asked(old.clone(), &resource), ToDo::Nothing);
        assert_eq!(participant.let_go(old.txn), (Some(old.request), vec![]));
        assert_eq!(participant.let_go(young.txn), (None, vec![]));
    }
}
