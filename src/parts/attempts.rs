//! What a site keeps of requests, so that what is asked again, elsewhere or once more, is done once: for each client,
//! its last request, and the transaction that was prepared for it here.

use crate::node::{ClientId, RequestId};
use crate::spec::atomic_commit::Txn;
use std::collections::BTreeMap;

/// What was done here for a client's last request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// Which request of its.
    pub sequence: u32,
    /// The transaction for it that is prepared or committed here.
    pub txn: Option<Txn>,
    /// None ever will be.
    pub given_up: bool,
}

/// By client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attempts(BTreeMap<ClientId, Attempt>);

impl Attempts {
    /// What is known of the last request of the client that asks this one.
    pub fn last(&self, request: RequestId) -> Option<&Attempt> {
        self.0.get(&request.client)
    }

    /// What is to be known of this request. A client that asks the next one is done with those before.
    pub fn of(&mut self, request: RequestId) -> &mut Attempt {
        let fresh = Attempt { sequence: request.sequence, txn: None, given_up: false };
        let attempt = self.0.entry(request.client).or_insert(fresh);
        if attempt.sequence < request.sequence {
            *attempt = fresh;
        }
        attempt
    }

    /// A transaction has aborted: another may run for the same request.
    pub fn aborted(&mut self, txn: Txn) {
        for attempt in self.0.values_mut().filter(|attempt| attempt.txn == Some(txn)) {
            attempt.txn = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_request_takes_the_place_of_an_earlier_one() {
        let request = |sequence| RequestId { client: ClientId::new(0), sequence };
        let (mut attempts, txn) = (Attempts::default(), Txn { epoch: 1, number: 1 });
        attempts.of(request(2)).txn = Some(txn);
        assert_eq!(attempts.of(request(1)).sequence, 2, "what is late changes nothing");
        assert_eq!(attempts.last(request(2)).and_then(|attempt| attempt.txn), Some(txn));
        attempts.aborted(txn);
        assert_eq!(attempts.last(request(2)).and_then(|attempt| attempt.txn), None);
        attempts.of(request(2)).given_up = true;
        assert!(!attempts.of(request(3)).given_up);
    }
}
