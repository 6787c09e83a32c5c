//! The clients' alarms: an attempt that is not answered in time. An alarm has one queued event, which moves when it
//! goes off early: operations that end in time cost none.

use crate::node::{Nanos, RequestId};

/// One client's alarm. It is only ever set for later than before, since all attempts have the same time.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::engine) struct Alarm {
    /// The attempt that is waited for, when its time is over, and the place of that moment in the order of events.
    set: Option<(RequestId, u32, Nanos, u64)>,
    queued: bool,
}

/// What a queued alarm means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Rings {
    /// The attempt's time is over.
    For(RequestId, u32),
    /// It was set again meanwhile: its event goes back into the queue, under this time and sequence number.
    Later(Nanos, u64),
}

impl Alarm {
    /// Sets it for an attempt. True: its event must be queued, for then.
    pub fn set(&mut self, request: RequestId, attempt: u32, at: Nanos, sequence: u64) -> bool {
        debug_assert!(self.set.is_none_or(|(_, _, before, _)| before <= at), "an alarm was set for earlier");
        self.set = Some((request, attempt, at, sequence));
        !std::mem::replace(&mut self.queued, true)
    }

    /// Its event is due, under this time and sequence number.
    pub fn due(&mut self, at: Nanos, sequence: u64) -> Rings {
        let (request, attempt, due, place) = self.set.expect("an alarm that is queued was set");
        if (due, place) != (at, sequence) {
            return Rings::Later(due, place);
        }
        self.queued = false;
        Rings::For(request, attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::ClientId;

    #[test]
    fn an_alarm_that_was_set_again_moves_its_event() {
        let request = |sequence| RequestId { client: ClientId::new(0), sequence };
        let mut alarm = Alarm::default();
        assert!(alarm.set(request(1), 1, Nanos(10), 5));
        assert!(!alarm.set(request(2), 1, Nanos(20), 9), "one event is enough");
        assert_eq!(alarm.due(Nanos(10), 5), Rings::Later(Nanos(20), 9));
        assert_eq!(alarm.due(Nanos(20), 9), Rings::For(request(2), 1));
        assert!(alarm.set(request(2), 2, Nanos(30), 11), "the event is gone");
    }
}
