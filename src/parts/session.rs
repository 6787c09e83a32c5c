//! Exactly-once execution: a session per client, with its last request and the answer to it.
//!
//! Ongaro's thesis (2014), section 6.3. The table is part of the replicated state: every replica must make the same
//! decision about a repeated request. A client has one request open at a time, so one answer per session is enough,
//! and a request below the last one was given up by its client.

use crate::node::{ClientId, RequestId};
use std::collections::BTreeMap;

/// Every session's last request and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sessions<R> {
    last: BTreeMap<ClientId, (u32, R)>,
}

/// What the table knows of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing<'a, R> {
    /// Not executed yet.
    Fresh,
    /// Executed, with this answer.
    Executed(&'a R),
    /// The session has gone on: it must not be executed any more, and nobody waits for the answer.
    Stale,
}

impl<R> Default for Sessions<R> {
    fn default() -> Self {
        Sessions { last: BTreeMap::new() }
    }
}

impl<R> Sessions<R> {
    /// How the request stands.
    pub fn standing(&self, request: RequestId) -> Standing<'_, R> {
        match self.last.get(&request.client) {
            Some((sequence, _)) if *sequence > request.sequence => Standing::Stale,
            Some((sequence, reply)) if *sequence == request.sequence => Standing::Executed(reply),
            Some(_) | None => Standing::Fresh,
        }
    }

    /// Notes the answer to a fresh request; the session's answer before it is handed back.
    ///
    /// # Panics
    /// When the request is not fresh.
    pub fn executed(&mut self, request: RequestId, reply: R) -> Option<(u32, R)> {
        let before = self.last.insert(request.client, (request.sequence, reply));
        if let Some((sequence, _)) = &before {
            assert!(*sequence < request.sequence, "{request} was executed after request {sequence} of its session");
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_fresh_then_executed_then_stale() {
        let request = |sequence| RequestId { client: ClientId::new(0), sequence };
        let mut sessions = Sessions::default();
        assert_eq!(sessions.standing(request(1)), Standing::Fresh);
        assert_eq!(sessions.executed(request(1), "one"), None);
        assert_eq!(sessions.standing(request(1)), Standing::Executed(&"one"));
        assert_eq!(sessions.executed(request(3), "three"), Some((1, "one")));
        assert_eq!(sessions.standing(request(1)), Standing::Stale);
        assert_eq!(sessions.standing(request(2)), Standing::Stale);
        assert_eq!(sessions.standing(request(4)), Standing::Fresh);
    }
}
