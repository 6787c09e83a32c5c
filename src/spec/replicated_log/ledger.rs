//! Which check reads which fact.

use crate::node::{NodeId, Outcome};
use crate::spec::judged::{Findings, Ledger, Observed};
use crate::spec::replicated_log::applied::Applied;
use crate::spec::replicated_log::committed::{Claim, Committed};
use crate::spec::replicated_log::elections::Elections;
use crate::spec::replicated_log::facts::place;
use crate::spec::replicated_log::logs::Logs;
use crate::spec::replicated_log::slots::Slots;
use crate::spec::replicated_log::{Entry, Index, LogFact, ReplicatedLog};

/// All that the invariants of the family remember.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogLedger {
    logs: Logs,
    slots: Slots,
    elections: Elections,
    committed: Committed,
    applied: Applied,
}

impl Ledger<ReplicatedLog> for LogLedger {
    fn new(nodes: u32) -> Self {
        LogLedger {
            logs: Logs::new(nodes),
            slots: Slots::new(nodes),
            elections: Elections::new(nodes),
            committed: Committed::new(nodes),
            applied: Applied::new(),
        }
    }

    fn observe(&mut self, seen: &Observed<ReplicatedLog>, findings: &mut Findings) {
        match *seen {
            Observed::Fact(node, fact) => self.fact(node, *fact, findings),
            Observed::Answered(node, request, Outcome::Done(reply)) => {
                findings.check(place::REPLIES_MATCH_MODEL, self.applied.answered(node, request, reply));
            }
            Observed::Answered(_, _, Outcome::Refused(_) | Outcome::Unknown | Outcome::Redirect(_)) => {}
            Observed::Crashed(node) => {
                self.elections.crashed(node);
                self.committed.crashed(node);
            }
            Observed::Restarted(_) => {}
            // What was durable is so no more. Terms, votes and commitments were real when they were told: a node that
            // forgets them and acts against them is caught.
            Observed::Lost(node) => {
                self.logs.truncate(node, Index(0));
                self.slots.lost(node);
            }
            Observed::Holds(node, LogFact::Appended { index, entry }) => self.logs.hold(node, *index, *entry),
            Observed::Holds(node, LogFact::Truncated { last }) => self.logs.truncate(node, *last),
            Observed::Holds(node, LogFact::Accepted { index, entry } | LogFact::Decided { index, entry }) => {
                self.slots.holds(node, *index, *entry);
            }
            Observed::Holds(
                _,
                LogFact::Elected { .. }
                | LogFact::TermAdopted { .. }
                | LogFact::Voted { .. }
                | LogFact::Committed { .. }
                | LogFact::Applied { .. },
            ) => {}
        }
    }

    fn at_rest(&self, core: &[bool]) -> Result<(), String> {
        self.committed.known_to(core)
    }
}

impl LogLedger {
    fn fact(&mut self, node: NodeId, fact: LogFact, findings: &mut Findings) {
        match fact {
            LogFact::Elected { term } => {
                findings.check(place::ELECTION_SAFETY, self.elections.elected(node, term));
                // A leader of slots has been told what may be chosen in them, and need not hold it yet.
                if !self.slots.are_used() {
                    findings.check(place::LEADER_COMPLETENESS, self.committed.complete(node, term, &self.logs));
                }
            }
            LogFact::TermAdopted { term } => {
                findings.check(place::TERM_MONOTONE, self.elections.adopted(node, term));
            }
            LogFact::Voted { term, candidate } => {
                findings.check(place::ONE_VOTE_PER_TERM, self.elections.voted(node, term, candidate));
            }
            LogFact::Appended { index, entry } => self.appended(node, index, entry, findings),
            LogFact::Truncated { last } => {
                self.kept(node, last, findings);
                self.logs.truncate(node, last);
            }
            LogFact::Accepted { index, entry } => self.accepted(node, index, entry, findings),
            LogFact::Decided { index, entry } => {
                findings.check(place::LOG_MATCHING, self.logs.know(node, index, entry));
                findings.check(place::STATE_MACHINE_SAFETY, self.slots.decided(node, index, entry));
            }
            LogFact::Committed { index, entry_term, term } if self.slots.are_used() => {
                self.commit_slots(Claim { node, index, entry_term, term }, findings);
            }
            LogFact::Committed { index, entry_term, term } => {
                self.commit(Claim { node, index, entry_term, term }, findings);
            }
            LogFact::Applied { index, state } => {
                findings.check(place::EQUAL_STATE, self.applied.equal_state(node, index, state, &self.logs));
            }
        }
    }

    /// Of its log the node kept what ends at `last`.
    fn kept(&mut self, node: NodeId, last: Index, findings: &mut Findings) {
        let before = self.logs.last(node);
        findings.check(place::COMMITTED_NEVER_TRUNCATED, self.committed.kept(node, last, before));
        findings.check(place::LEADER_APPEND_ONLY, self.elections.rewrote(node, last, before));
    }

    fn appended(&mut self, node: NodeId, index: Index, entry: Entry, findings: &mut Findings) {
        // To write another entry over one is to delete it; to write the same again changes nothing.
        let overwrites = self.logs.overwrites(node, index, entry);
        self.kept(node, if overwrites { index.previous() } else { self.logs.last(node) }, findings);
        let (monotone, matching) = self.logs.append(node, index, entry);
        findings.check(place::LOG_TERMS_MONOTONE, monotone);
        findings.check(place::LOG_MATCHING, matching);
    }

    fn commit(&mut self, claim: Claim, findings: &mut Findings) {
        findings.check(place::COMMIT_MONOTONE, self.committed.advanced(claim));
        let leads = self.elections.leads(claim.node);
        findings.check(place::COMMIT_WITHIN_LOG, self.committed.within(claim, &self.logs, leads));
        findings.check(place::STATE_MACHINE_SAFETY, self.committed.agrees(claim, &self.logs));
        if let Some(durable) = self.committed.durable(claim, &self.logs) {
            findings.check(place::COMMITTED_IS_DURABLE, durable);
        }
        if let Some(newest) = self.elections.newest() {
            findings.check(place::LEADER_COMPLETENESS, Committed::complete_already(claim, newest, &self.logs));
        }
        self.committed.extend(claim, &self.logs);
        self.applied.catch_up(&self.committed, &self.logs);
    }
    /// A slot was filled, or filled anew.
    fn accepted(&mut self, node: NodeId, index: Index, entry: Entry, findings: &mut Findings) {
        let (_, ever) = self.committed.reached(node);
        findings.check(place::COMMITTED_NEVER_TRUNCATED, self.slots.kept(node, index, entry, ever));
        findings.check(place::TERM_MONOTONE, self.elections.accepts(node, entry.term));
        findings.check(place::LOG_MATCHING, self.logs.know(node, index, entry));
        let verdicts = self.slots.accepted(node, index, entry);
        findings.check(place::LOG_TERMS_MONOTONE, verdicts.monotone);
        findings.check(place::LEADER_COMPLETENESS, verdicts.complete);
    }

    /// What a node takes for committed, slot by slot.
    fn commit_slots(&mut self, claim: Claim, findings: &mut Findings) {
        let (before, _) = self.committed.reached(claim.node);
        findings.check(place::COMMIT_MONOTONE, self.committed.advanced(claim));
        // One past the end of every log shows that there is nothing, and no more need be looked at.
        let last = claim.index.min(self.logs.furthest().next());
        for index in (before.0 + 1..=last.0).map(Index) {
            let [within, agrees, durable] = self.slots.committed(claim.node, index);
            findings.check(place::COMMIT_WITHIN_LOG, within);
            findings.check(place::STATE_MACHINE_SAFETY, agrees);
            findings.check(place::COMMITTED_IS_DURABLE, durable);
            let entry = self.slots.chosen(index).or_else(|| self.slots.held(claim.node, index));
            if let (Some(entry), true) = (entry, index > self.committed.last()) {
                self.committed.extend_by(claim, entry.term);
            }
        }
        self.applied.catch_up(&self.committed, &self.logs);
    }
}
