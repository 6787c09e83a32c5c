//! The workload: clients propose different values for the same decree, and go on to the next once it is decided.

use crate::node::{ClientId, Stream};
use crate::spec::consensus::{Consensus, Decided, Decree, Op, Value};
use crate::spec::judged::Generator;

/// The names of the operations, in the order of the kinds that [`Proposals`] draws.
pub(super) const OPERATIONS: &[&str] = &["learn", "propose"];

/// So many decrees are open at a time as the workload has keys. All clients draw from the same, so that their
/// proposals meet. A decree that a client has got an answer for makes way for a new one.
#[derive(Clone, Debug)]
pub struct Proposals {
    open: Vec<Decree>,
    /// The next decree that is opened.
    next: Decree,
    /// The next value: each is proposed once.
    value: u64,
    /// The latest decree that is known to be decided.
    decided: Option<Decree>,
}

impl Generator<Consensus> for Proposals {
    fn new(keys: u32) -> Self {
        Proposals { open: (0..keys).map(Decree).collect(), next: Decree(keys), value: 1, decided: None }
    }

    /// A client that wants to learn asks for a decree that is decided: one for which nobody proposes anything would
    /// let it wait for ever. Before there is one it proposes.
    fn draw(&mut self, kind: usize, _client: ClientId, draws: &mut Stream) -> Op {
        let open = self.open[draws.below(self.open.len() as u64) as usize];
        if let ("learn", Some(decree)) = (OPERATIONS[kind], self.decided) {
            return Op::Learn(decree);
        }
        let value = Value(self.value);
        self.value += 1;
        Op::Propose(open, value)
    }

    /// A decree whose outcome a client does not know stays open: others propose for it, and so find out.
    fn learn(&mut self, op: &Op, reply: Option<&Decided>) {
        if reply.is_none() {
            return;
        }
        self.decided = self.decided.max(Some(op.decree()));
        if let Some(open) = self.open.iter_mut().find(|open| **open == op.decree()) {
            *open = self.next;
            self.next = self.next.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Purpose;

    #[test]
    fn proposals_meet_until_their_decree_is_decided() {
        let mut draws = Stream::new(1, Purpose::Client, 0);
        let mut load = Proposals::new(1);
        let mut draw = |load: &mut Proposals, kind| load.draw(kind, ClientId::new(0), &mut draws);
        let (learn, propose) = (0, 1);
        let first = Decided { decree: Decree(0), value: Value(1) };
        assert_eq!(draw(&mut load, learn), Op::Propose(Decree(0), Value(1)));
        assert_eq!(draw(&mut load, propose), Op::Propose(Decree(0), Value(2)));
        load.learn(&Op::Propose(Decree(0), Value(1)), None);
        assert_eq!(draw(&mut load, propose), Op::Propose(Decree(0), Value(3)));
        load.learn(&Op::Propose(Decree(0), Value(2)), Some(&first));
        assert_eq!(draw(&mut load, propose), Op::Propose(Decree(1), Value(4)));
        assert_eq!(draw(&mut load, learn), Op::Learn(Decree(0)));
        load.learn(&Op::Learn(Decree(0)), Some(&first));
        assert_eq!(draw(&mut load, propose), Op::Propose(Decree(1), Value(5)));
    }
}
