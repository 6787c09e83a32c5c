//! Which check reads which fact.

use crate::node::{NodeId, Outcome, RequestId, Stream};
use crate::spec::atomic_commit::audits::{account, number, one_cycle};
use crate::spec::atomic_commit::facts::place;
use crate::spec::atomic_commit::model::Model;
use crate::spec::atomic_commit::progress::Progress;
use crate::spec::atomic_commit::votes::Votes;
use crate::spec::atomic_commit::{
    AtomicCommit, CommitFact, Decision, OPENING_BALANCE, Op, Part, Reply, Site, Step, Txn, Value,
};
use crate::spec::judged::{Findings, Ledger, Observed};
use std::collections::{BTreeMap, BTreeSet};

/// All that the invariants of the family remember.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CommitLedger {
    /// Who is part of what, as nodes say at their start.
    members: BTreeMap<Part, BTreeSet<NodeId>>,
    /// How many sites there are.
    sites: u32,
    transactions: BTreeMap<Txn, Progress>,
    stores: BTreeMap<Site, Model>,
    /// Commits that not every site has carried out.
    unfinished: BTreeSet<Txn>,
    /// By request: the transaction that has committed.
    committed: BTreeMap<RequestId, Txn>,
    /// Requests whose clients were told that they have had no effect and never will.
    told_aborted: BTreeSet<RequestId>,
    /// How many crashes there have been.
    crashes: u64,
    /// How many accounts transactions have touched: the highest number.
    accounts: u32,
    /// Sites' votes that acceptors keep.
    votes: Votes,
}

impl Ledger<AtomicCommit> for CommitLedger {
    fn new(nodes: u32) -> Self {
        CommitLedger {
            members: BTreeMap::new(),
            sites: 1,
            transactions: BTreeMap::new(),
            stores: BTreeMap::new(),
            unfinished: BTreeSet::new(),
            committed: BTreeMap::new(),
            told_aborted: BTreeSet::new(),
            crashes: 0,
            accounts: 0,
            votes: Votes::new(nodes),
        }
    }

    fn observe(&mut self, seen: &Observed<AtomicCommit>, findings: &mut Findings) {
        match *seen {
            Observed::Fact(node, fact) => self.fact(node, fact, findings),
            Observed::Answered(node, request, Outcome::Done(reply)) => self.answered(node, request, reply, findings),
            // An attempt that was refused says nothing of the others; what is asked is told as a transaction begins.
            Observed::Answered(_, _, Outcome::Refused(_) | Outcome::Unknown | Outcome::Redirect(_))
            | Observed::Asked(..)
            | Observed::Restarted(_) => {}
            Observed::Crashed(node) => self.crashed(node),
            Observed::Lost(node) => {
                for site in self.sites_of_alone(node) {
                    self.stores.entry(site).or_default().clear();
                }
            }
            Observed::Holds(_, CommitFact::Prepared { site, txn, steps, .. }) => {
                self.stores.entry(*site).or_default().prepare(*txn, steps.clone());
            }
            Observed::Holds(_, CommitFact::Finished { site, txn, decision }) => {
                self.stores.entry(*site).or_default().finish(*txn, *decision);
            }
            Observed::Holds(
                _,
                CommitFact::Configured { .. }
                | CommitFact::Began { .. }
                | CommitFact::VotedNo { .. }
                | CommitFact::Precommitted { .. }
                | CommitFact::TimedOut { .. }
                | CommitFact::InDoubt { .. }
                | CommitFact::Decided { .. }
                | CommitFact::Forgotten { .. }
                // What an acceptor has promised and accepted it is held to, whatever its disk has lost.
                | CommitFact::Promised { .. }
                | CommitFact::Accepted { .. },
            ) => {}
        }
    }

    /// No site of the core is in doubt, and what has committed every site of the core has carried out.
    fn at_rest(&self, core: &[bool]) -> Result<(), String> {
        for (site, store) in self.stores.iter().filter(|(site, _)| self.serves(**site, core)) {
            if let Some(txn) = store.in_doubt().next() {
                return Err(format!("{site} is in doubt about {txn}"));
            }
        }
        for txn in &self.unfinished {
            let progress = &self.transactions[txn];
            let lags = |site: &Site| {
                self.serves(*site, core) && progress.shares.get(site).is_none_or(|share| share.finished.is_none())
            };
            if let Some(site) = progress.sites(self.sites).into_iter().find(lags) {
                return Err(format!("{site} has not carried out the commit of {txn}"));
            }
        }
        Ok(())
    }
}

impl CommitLedger {
    /// Of whoever coordinates and of each site as many nodes as are a majority, or more.
    pub(super) fn core(&self, nodes: u32, lost: &[bool], draws: &mut Stream) -> Vec<NodeId> {
        let mut chosen = BTreeSet::new();
        for members in self.members.values() {
            let needed = members.len() / 2 + 1;
            let size = needed + draws.below((members.len() - needed) as u64 + 1) as usize;
            let mut left: Vec<NodeId> = members.iter().copied().collect();
            for place in 0..left.len() {
                let other = place + draws.below((left.len() - place) as u64) as usize;
                left.swap(place, other);
            }
            chosen.extend(left.into_iter().filter(|node| !lost[node.index()]).take(size));
        }
        NodeId::all(nodes).filter(|node| chosen.contains(node)).collect()
    }

    /// Whether a majority of the site's nodes is in the core.
    fn serves(&self, site: Site, core: &[bool]) -> bool {
        let members = self.members.get(&Part::Site(site));
        members.is_some_and(|members| {
            let within = members.iter().filter(|node| core[node.index()]).count();
            within * 2 > members.len()
        })
    }

    /// The sites that are this node and no other.
    fn sites_of_alone(&self, node: NodeId) -> Vec<Site> {
        let alone = |(part, members): (&Part, &BTreeSet<NodeId>)| match part {
            Part::Site(site) if members.len() == 1 && members.contains(&node) => Some(*site),
            Part::Site(_) | Part::Coordinator | Part::CoordinatorGroup => None,
        };
        self.members.iter().filter_map(alone).collect()
    }

    fn crashed(&mut self, node: NodeId) {
        self.crashes += 1;
        for site in self.sites_of_alone(node) {
            let Some(store) = self.stores.get(&site) else { continue };
            for txn in store.in_doubt() {
                let progress = self.transactions.entry(txn).or_default();
                progress.shares.entry(site).or_default().failed = true;
            }
        }
    }

    fn of(&mut self, txn: Txn) -> &mut Progress {
        self.transactions.entry(txn).or_default()
    }

    fn fact(&mut self, node: NodeId, fact: &CommitFact, findings: &mut Findings) {
        match fact {
            CommitFact::Configured { part, sites } => {
                self.sites = *sites;
                self.members.entry(*part).or_default().insert(node);
                if *part == Part::Coordinator {
                    self.votes.configured(node);
                }
            }
            CommitFact::Began { txn, request, op } => {
                let accounts = op.steps.iter().filter_map(|step| account(step.key()));
                self.accounts = accounts.fold(self.accounts, |most, account| most.max(account + 1));
                let crashes = self.crashes;
                let progress = self.of(*txn);
                if progress.begun.is_none() {
                    (progress.begun, progress.crashes_before) = (Some((*request, op.clone())), crashes);
                }
            }
            CommitFact::Prepared { site, txn, steps, reads } => self.prepared(*site, *txn, steps, reads, findings),
            CommitFact::VotedNo { txn, .. } | CommitFact::TimedOut { txn } | CommitFact::InDoubt { txn, .. } => {
                self.of(*txn).excused = true;
            }
            CommitFact::Precommitted { site, txn } => {
                self.of(*txn).shares.entry(*site).or_default().precommitted = true;
            }
            CommitFact::Decided { txn, decision } => self.decided(node, *txn, *decision, findings),
            CommitFact::Finished { site, txn, decision } => self.finished(*site, *txn, *decision, findings),
            CommitFact::Forgotten { txn } => {
                let sites = self.sites;
                findings.check(place::FORGET_SAFE, self.of(*txn).may_forget(*txn, sites));
            }
            CommitFact::Promised { txn, ballot } => self.votes.promised(node, *txn, *ballot, findings),
            CommitFact::Accepted { txn, site, ballot, vote } => {
                let prepared = self.of(*txn).shares.get(site).is_some_and(|share| share.prepared.is_some());
                self.votes.accepted(node, (*txn, *site), (*ballot, *vote), prepared, findings);
            }
        }
    }

    fn prepared(&mut self, site: Site, txn: Txn, steps: &[Step], reads: &[Value], findings: &mut Findings) {
        let share = self.of(txn).shares.entry(site).or_default();
        if share.prepared.is_some() {
            return;
        }
        share.prepared = Some((steps.to_vec(), reads.to_vec()));
        if share.finished.is_some() {
            return;
        }
        let store = self.stores.entry(site).or_default();
        let free = store.in_the_way(txn, steps).map_or(Ok(()), |(other, key)| {
            Err(format!("{site} prepared {txn} on {key}, which {other} has locked there, and is in doubt"))
        });
        findings.check(place::IN_DOUBT_HOLDS_LOCKS, free);
        let current = match store.reads(steps) {
            Ok(expected) if expected == reads => Ok(()),
            Ok(expected) => Err(format!("{site} prepared {txn} and read {reads:?}, where there was {expected:?}")),
            Err(why) => Err(format!("{site} prepared {txn}, but {why}")),
        };
        findings.check(place::READS_CURRENT, current);
        store.prepare(txn, steps.to_vec());
    }

    fn decided(&mut self, node: NodeId, txn: Txn, decision: Decision, findings: &mut Findings) {
        if decision == Decision::Commit {
            let touched = self.transactions.get(&txn).map_or(Vec::new(), |progress| progress.sites(self.sites));
            self.votes.chosen(node, txn, &touched, findings);
        }
        let progress = self.of(txn);
        // Who decides may say so again, after a restart or from another node.
        if progress.decided == Some(decision) {
            return;
        }
        let reversed = progress
            .decided
            .map_or(Ok(()), |before| Err(format!("the coordinator decided {decision} on {txn}, after {before}")));
        let agrees = progress.agrees(txn, None, decision);
        progress.decided = Some(decision);
        self.comes_to(txn, decision, findings);
        findings.check(place::IRREVOCABILITY, reversed);
        findings.check(place::AGREEMENT, agrees);
        if decision == Decision::Commit {
            self.has_committed(txn, findings);
        }
    }

    fn finished(&mut self, site: Site, txn: Txn, decision: Decision, findings: &mut Findings) {
        let progress = self.of(txn);
        let before = progress.shares.entry(site).or_default().finished;
        if before == Some(decision) {
            return;
        }
        let reversed = before.map_or(Ok(()), |before| {
            Err(format!("{site} carried out {decision} on {txn}, after it had carried out {before}"))
        });
        let agrees = progress.agrees(txn, Some(site), decision);
        self.comes_to(txn, decision, findings);
        findings.check(place::IRREVOCABILITY, reversed);
        findings.check(place::AGREEMENT, agrees);
        self.of(txn).shares.entry(site).or_default().finished = Some(decision);
        if decision == Decision::Commit {
            self.has_committed(txn, findings);
        }
        self.stores.entry(site).or_default().finish(txn, decision);
        self.note_unfinished(txn);
    }

    /// Whether somebody may come to a decision on a transaction. It is asked before whether all agree: a decision
    /// without its votes is wrong whatever the others do.
    fn comes_to(&mut self, txn: Txn, decision: Decision, findings: &mut Findings) {
        let (sites, crashes) = (self.sites, self.crashes);
        let progress = self.of(txn);
        match decision {
            Decision::Abort => findings.check(place::ABORT_NON_TRIVIALITY, progress.may_abort(txn, crashes)),
            Decision::Commit => {
                findings.check(place::COMMIT_VALIDITY, progress.may_commit(txn, sites));
                if let Some(all_know) = progress.all_know(txn, sites) {
                    findings.check(place::NO_COMMIT_WHILE_UNCERTAIN, all_know);
                }
            }
        }
    }

    /// A transaction has committed somewhere, for some request.
    fn has_committed(&mut self, txn: Txn, findings: &mut Findings) {
        if let Some((request, _)) = self.of(txn).begun {
            findings.check(place::EXACTLY_ONCE, self.once(txn, request));
            self.committed.entry(request).or_insert(txn);
        }
        self.note_unfinished(txn);
    }

    fn note_unfinished(&mut self, txn: Txn) {
        let progress = &self.transactions[&txn];
        let done = |site: &Site| progress.shares.get(site).is_some_and(|share| share.finished.is_some());
        let committed = progress.decided == Some(Decision::Commit)
            || progress.shares.values().any(|share| share.finished == Some(Decision::Commit));
        if committed && !progress.sites(self.sites).iter().all(done) {
            self.unfinished.insert(txn);
        } else {
            self.unfinished.remove(&txn);
        }
    }

    fn once(&self, txn: Txn, request: RequestId) -> Result<(), String> {
        if self.told_aborted.contains(&request) {
            return Err(format!("{txn} commits for {request}, whose client was told that it was aborted for good"));
        }
        match self.committed.get(&request) {
            Some(other) if *other != txn => Err(format!("{txn} commits for {request}, and so has {other}")),
            Some(_) | None => Ok(()),
        }
    }

    fn answered(&mut self, node: NodeId, request: RequestId, reply: &Reply, findings: &mut Findings) {
        let committed = self.committed.get(&request).copied();
        let faithful = match (reply, committed) {
            (Reply::Aborted, None) => {
                self.told_aborted.insert(request);
                Ok(())
            }
            (Reply::Aborted, Some(txn)) => {
                Err(format!("{node} told {request} that it was aborted, and {txn} has committed for it"))
            }
            (Reply::Committed(_), None) => {
                Err(format!("{node} told {request} that it has committed, and nothing has for it"))
            }
            (Reply::Committed(told), Some(txn)) => {
                let read = self.transactions[&txn].reads(self.sites);
                if *told == read {
                    Ok(())
                } else {
                    Err(format!("{node} told {request} that it read {told:?}, and {txn} has read {read:?}"))
                }
            }
        };
        findings.check(place::FAITHFUL_REPLY, faithful);
        let begun = committed.and_then(|txn| self.transactions[&txn].begun.as_ref());
        if let (Reply::Committed(told), Some((_, op))) = (reply, begun) {
            if let Some(total) = self.bank_total(node, request, op, told) {
                findings.check(place::BANK_TOTAL, total);
            }
            if let Some(cycle) = one_cycle(node, request, op, told) {
                findings.check(place::ONE_CYCLE, cycle);
            }
        }
    }

    /// Of a transaction that only reads, and reads all accounts: whether it found all the money.
    fn bank_total(&self, node: NodeId, request: RequestId, op: &Op, told: &[Value]) -> Option<Result<(), String>> {
        let read: BTreeSet<u32> = op.steps.iter().filter_map(|step| account(step.key())).collect();
        let all = self.accounts > 0 && read.len() == op.steps.len() && read == (0..self.accounts).collect();
        if !all || !op.steps.iter().all(|step| step.only_reads()) {
            return None;
        }
        let (found, there) = (told.iter().map(number).sum::<i64>(), OPENING_BALANCE * i64::from(self.accounts));
        Some(if found == there {
            Ok(())
        } else {
            Err(format!("{node} told {request} that all {} accounts hold {found}, of {there}", self.accounts))
        })
    }
}
