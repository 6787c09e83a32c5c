//! One transaction: who has done what, and what that allows.

use crate::node::RequestId;
use crate::spec::atomic_commit::{Decision, Op, Site, Step, Txn, Value};
use std::collections::BTreeMap;

/// A site's part of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Share {
    /// What it has prepared, durably: its steps and what they read.
    pub prepared: Option<(Vec<Step>, Vec<Value>)>,
    /// It has heard, durably, that all have.
    pub precommitted: bool,
    /// It has crashed since it prepared: it counts as failed, and must ask others before it decides.
    pub failed: bool,
    /// How it has finished.
    pub finished: Option<Decision>,
}

/// A transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Progress {
    /// What asked for it, and what it is to do; none where nobody has begun it.
    pub begun: Option<(RequestId, Op)>,
    /// How many crashes there had been when it began.
    pub crashes_before: u64,
    /// By site.
    pub shares: BTreeMap<Site, Share>,
    /// What was decided where decisions fall.
    pub decided: Option<Decision>,
    /// Somebody has voted no, or has waited in vain.
    pub excused: bool,
}

impl Progress {
    /// The sites that it touches, of so many.
    pub fn sites(&self, sites: u32) -> Vec<Site> {
        self.begun.iter().flat_map(|(_, op)| op.sites(sites)).collect()
    }

    /// Whether everybody else has come to this decision, or to none; `site` is who decides now, or none where decisions
    /// fall.
    pub fn agrees(&self, txn: Txn, site: Option<Site>, decision: Decision) -> Result<(), String> {
        let who = site.map_or_else(|| "the coordinator".to_owned(), |site| site.to_string());
        if let Some(before) = self.decided.filter(|before| site.is_some() && *before != decision) {
            return Err(format!("{who} came to {decision} on {txn}, of which the coordinator had decided {before}"));
        }
        let differs = |(other, share): &(&Site, &Share)| {
            Some(**other) != site && share.finished.is_some_and(|before| before != decision)
        };
        match self.shares.iter().find(differs) {
            Some((other, share)) => {
                let before = share.finished.expect("a decision that differs");
                Err(format!("{who} came to {decision} on {txn}, which {other} has carried out as {before}"))
            }
            None => Ok(()),
        }
    }

    /// Whether it may commit.
    pub fn may_commit(&self, txn: Txn, sites: u32) -> Result<(), String> {
        let Some((_, op)) = &self.begun else { return Err(format!("{txn} commits, and nobody has begun it")) };
        for site in op.sites(sites) {
            match self.shares.get(&site).and_then(|share| share.prepared.as_ref()) {
                None => return Err(format!("{txn} commits, and {site} has not prepared its part")),
                Some((steps, _)) if *steps != op.part(site, sites) => {
                    return Err(format!("{txn} commits, and {site} has prepared {steps:?}, not its part"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Whether it may abort, after so many crashes in all.
    pub fn may_abort(&self, txn: Txn, crashes: u64) -> Result<(), String> {
        let failure = self.begun.is_some() && crashes > self.crashes_before;
        if self.excused || failure {
            Ok(())
        } else {
            Err(format!("{txn} aborts: no site has voted no, nobody has crashed or waited in vain"))
        }
    }

    /// Whether no site that is up is uncertain, where there is a third phase. None: there is none.
    pub fn all_know(&self, txn: Txn, sites: u32) -> Option<Result<(), String>> {
        self.shares.values().any(|share| share.precommitted).then(|| {
            let uncertain = |site: &Site| {
                let share = self.shares.get(site);
                share.is_some_and(|share| !share.failed && !share.precommitted && share.finished.is_none())
            };
            match self.sites(sites).into_iter().find(uncertain) {
                Some(site) => Err(format!("{txn} commits while {site} is up and has not heard that all have prepared")),
                None => Ok(()),
            }
        })
    }

    /// Whether it may be forgotten.
    pub fn may_forget(&self, txn: Txn, sites: u32) -> Result<(), String> {
        let committed = self.decided == Some(Decision::Commit)
            || self.shares.values().any(|share| share.finished == Some(Decision::Commit));
        let unfinished =
            |site: &Site| self.shares.get(site).is_none_or(|share| share.finished != Some(Decision::Commit));
        match self.sites(sites).into_iter().find(unfinished) {
            Some(site) if committed => Err(format!("{txn} is forgotten, and {site} has not carried out the commit")),
            Some(_) | None => Ok(()),
        }
    }

    /// What its reads gave, in the order of its steps.
    pub fn reads(&self, sites: u32) -> Vec<Value> {
        let Some((_, op)) = &self.begun else { return Vec::new() };
        let mut left: BTreeMap<Site, std::slice::Iter<Value>> = BTreeMap::new();
        for (site, share) in &self.shares {
            left.extend(share.prepared.as_ref().map(|(_, reads)| (*site, reads.iter())));
        }
        let reading = op.steps.iter().filter(|step| step.only_reads());
        reading.filter_map(|step| left.get_mut(&step.key().site(sites))?.next().cloned()).collect()
    }
}
