//! Which check reads which fact.

use crate::node::{NodeId, Outcome};
use crate::spec::judged::{Findings, Ledger, Observed};
use crate::spec::replicated_log::applied::Applied;
use crate::spec::replicated_log::committed::{Claim, Committed};
use crate::spec::replicated_log::elections::Elections;
use crate::spec::replicated_log::invariants::place;
use crate::spec::replicated_log::logs::Logs;
use crate::spec::replicated_log::slots::Slots;
use crate::spec::replicated_log::{Command, Configuration, Entry, Index, LogFact, ReplicatedLog, Term};

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
            Observed::Asked(request, op) => self.applied.asked(request, op),
            Observed::Answered(node, request, Outcome::Done(reply)) => {
                let answered = self.applied.answered(node, request, reply, &self.committed, &self.logs);
                findings.check(place::REPLIES_MATCH_MODEL, answered);
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
            Observed::Holds(node, LogFact::Installed { index, kept, .. }) => {
                self.logs.install(node, *index, *kept, &self.committed);
                self.slots.install(node, *index);
            }
            Observed::Holds(
                _,
                LogFact::Elected { .. }
                | LogFact::TermAdopted { .. }
                | LogFact::Voted { .. }
                | LogFact::Committed { .. }
                | LogFact::Applied { .. }
                | LogFact::Compacted { .. }
                | LogFact::Reconfigured { .. },
            ) => {}
        }
    }

    fn at_rest(&self, core: &[bool]) -> Result<(), String> {
        let members = self.applied.configuration().map(|configuration| configuration.members());
        self.committed.known_to(core, members)
    }
}

impl LogLedger {
    /// The configurations that may be needed: the last committed one, and those in logs behind it. Where slots stand by
    /// themselves: those of all slots behind what one of the nodes knows committed.
    pub(super) fn configurations(&self, among: &[NodeId]) -> Vec<Configuration> {
        if self.slots.are_used() {
            let known = among.iter().map(|node| self.committed.reached(*node).0).max();
            return self.slots.configurations_from(known.unwrap_or_default().next());
        }
        let nodes = self.committed.nodes();
        let open = NodeId::all(nodes).flat_map(|node| self.logs.configurations(node));
        let open = open.filter(|(at, _)| *at > self.committed.last()).map(|(_, configuration)| *configuration);
        self.applied.configuration().into_iter().chain(open).collect()
    }

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
            LogFact::Compacted { index, entry_term, state } => {
                self.snapshot(node, (index, entry_term), state, findings);
            }
            LogFact::Installed { index, entry_term, state, kept } => {
                self.installed(node, (index, entry_term), kept, findings);
                self.snapshot(node, (index, entry_term), state, findings);
            }
            // The ledger reads in the log itself who decides where.
            LogFact::Reconfigured { .. } => {}
        }
    }

    fn snapshot(&mut self, node: NodeId, (index, entry_term): (Index, Term), state: u64, findings: &mut Findings) {
        let covers = if self.slots.are_used() {
            self.slots.covers(node, index, self.committed.last())
        } else {
            self.committed.covers(node, index, entry_term)
        };
        findings.check(place::SNAPSHOT_IS_COMMITTED, covers);
        findings.check(place::EQUAL_STATE, self.applied.equal_state(node, index, state, &self.logs));
    }

    /// What a snapshot takes away must not be committed, unless it stands for it; what it leaves must belong behind it.
    fn installed(&mut self, node: NodeId, (index, entry_term): (Index, Term), kept: bool, findings: &mut Findings) {
        if self.slots.are_used() {
            return self.slots.install(node, index);
        }
        let before = self.logs.last(node);
        if kept {
            let matching = match self.logs.term_at(node, index) {
                Some(term) if term != entry_term && before > index => Err(format!(
                    "{node} kept its log behind {index}, where it had an entry of {term}, and the snapshot has one of \
                     {entry_term}"
                )),
                Some(_) | None => Ok(()),
            };
            findings.check(place::LOG_MATCHING, matching);
        } else {
            self.kept(node, index, findings);
        }
        self.logs.install(node, index, kept, &self.committed);
    }

    /// Of its log the node kept what ends at `last`.
    fn kept(&mut self, node: NodeId, last: Index, findings: &mut Findings) {
        let before = self.logs.last(node);
        findings.check(place::COMMITTED_NEVER_TRUNCATED, self.committed.kept(node, last, before));
        findings.check(place::LEADER_APPEND_ONLY, self.elections.rewrote(node, last, before));
    }

    fn appended(&mut self, node: NodeId, index: Index, entry: Entry, findings: &mut Findings) {
        if self.logs.repeats(node, index, &entry) {
            findings.met(place::COMMITTED_NEVER_TRUNCATED, 1);
            findings.met(place::LEADER_APPEND_ONLY, 1);
            findings.met(place::LOG_TERMS_MONOTONE, 1);
            return findings.met(place::LOG_MATCHING, 1);
        }
        // To write another entry over one is to delete it; to write the same again changes nothing.
        let overwrites = self.logs.overwrites(node, index, entry);
        self.kept(node, if overwrites { index.previous() } else { self.logs.last(node) }, findings);
        let (monotone, matching) = self.logs.append(node, index, entry);
        findings.check(place::LOG_TERMS_MONOTONE, monotone);
        findings.check(place::LOG_MATCHING, matching);
        if let Command::Configure(_) = entry.command {
            findings.check(place::ONE_CHANGE_AT_A_TIME, self.committed.one_change(node, &self.logs));
        }
    }

    fn commit(&mut self, claim: Claim, findings: &mut Findings) {
        let newest = self.elections.newest();
        if newest.is_none_or(|(_, leads)| leads <= claim.term) && self.committed.repeats(claim, &self.logs) {
            findings.met(place::COMMIT_MONOTONE, 1);
            findings.met(place::COMMIT_WITHIN_LOG, 1);
            findings.met(place::STATE_MACHINE_SAFETY, 1);
            return findings.met(place::LEADER_COMPLETENESS, u64::from(newest.is_some()));
        }
        findings.check(place::COMMIT_MONOTONE, self.committed.advanced(claim));
        let leads = self.elections.leads(claim.node);
        findings.check(place::COMMIT_WITHIN_LOG, self.committed.within(claim, &self.logs, leads));
        findings.check(place::STATE_MACHINE_SAFETY, self.committed.agrees(claim, &self.logs));
        if let Some(durable) = self.committed.durable(claim, &self.logs) {
            findings.check(place::COMMITTED_IS_DURABLE, durable);
        }
        if let Some(newest) = newest {
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
        if let Some(settled) = self.slots.settled(node, index, entry) {
            findings.check(place::SETTLED_CONFIGURATION, settled);
        }
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
