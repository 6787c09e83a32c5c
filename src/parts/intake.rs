//! Who coordinates transactions is asked by clients: which request has become which transaction, and how old it is.

use crate::node::{ClientId, RequestId};
use crate::spec::atomic_commit::{Op, Site, Txn, Value};
use std::collections::BTreeMap;

/// The requests that transactions run for. Volatile: after a restart whoever asks again begins anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Intake {
    running: BTreeMap<RequestId, Txn>,
    /// By client: its latest request, and the first transaction that ran for it.
    first: BTreeMap<ClientId, (u32, Txn)>,
}

impl Intake {
    /// The transaction that runs for a request.
    pub fn running(&self, request: RequestId) -> Option<Txn> {
        self.running.get(&request).copied()
    }

    /// A transaction begins for a request. Says how old it is: as old as the first that ran for the same one, so that
    /// who must give way again and again is the oldest in the end.
    pub fn begin(&mut self, request: RequestId, txn: Txn) -> Txn {
        self.running.insert(request, txn);
        let first = self.first.entry(request.client).or_insert((request.sequence, txn));
        if first.0 < request.sequence {
            *first = (request.sequence, txn);
        }
        if first.0 == request.sequence { first.1 } else { txn }
    }

    /// It runs no more.
    pub fn end(&mut self, request: RequestId) {
        self.running.remove(&request);
    }
}

/// What a transaction has read, in the order of its steps, from what each site has read.
///
/// # Panics
/// When a site has read less than its part.
pub fn gather(op: &Op, sites: u32, read: &BTreeMap<Site, Vec<Value>>) -> Vec<Value> {
    let mut next: BTreeMap<Site, usize> = BTreeMap::new();
    let reading = op.steps.iter().filter(|step| step.only_reads());
    reading
        .map(|step| {
            let site = step.key().site(sites);
            let place = next.entry(site).or_default();
            *place += 1;
            let values = read.get(&site).unwrap_or_else(|| panic!("{site} has read nothing, and should `{step}`"));
            values.get(*place - 1).unwrap_or_else(|| panic!("{site} has read too little for `{step}`")).clone()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::atomic_commit::AtomicCommit;
    use crate::spec::judged::Judged;

    #[test]
    fn who_asks_again_is_as_old_as_before() {
        let request = |sequence| RequestId { client: ClientId::new(0), sequence };
        let txn = |number| Txn { epoch: 1, number };
        let mut intake = Intake::default();
        assert_eq!(intake.begin(request(1), txn(1)), txn(1));
        intake.end(request(1));
        assert_eq!(intake.running(request(1)), None);
        assert_eq!(intake.begin(request(1), txn(5)), txn(1));
        assert_eq!(intake.begin(request(2), txn(6)), txn(6));
        assert_eq!(intake.begin(request(1), txn(7)), txn(7), "it was given up, and comes late");
        assert_eq!((intake.running(request(1)), intake.running(request(2))), (Some(txn(7)), Some(txn(6))));
    }

    #[test]
    fn reads_are_put_in_the_order_of_the_steps() {
        let op = AtomicCommit::parse_op("read a3; append k1 1; read a2; read a1; read a4").unwrap();
        let read = BTreeMap::from([
            (Site(0), vec![Value::Number(3), Value::Number(1)]),
            (Site(1), vec![Value::Number(2), Value::Number(4)]),
        ]);
        assert_eq!(gather(&op, 2, &read), [3, 2, 1, 4].map(Value::Number));
    }
}
