//! What a node waits for, in words, for people who want to know why nothing happens.

use crate::node::NodeId;
use crate::protocols::three_phase_commit::ThreePhaseCommit;
use crate::protocols::three_phase_commit::state::{Disk, node_of, site_of};
use crate::spec::atomic_commit::Site;

impl ThreePhaseCommit {
    /// `uncertain about t1.5, and has crashed since it voted: waits for somebody who knows`
    pub(super) fn waits(&self, id: NodeId, disk: &Disk) -> String {
        if site_of(id).is_none() {
            return self.coordinator_waits(disk);
        }
        if let Some((txn, _)) = disk.resource().in_doubt().next() {
            let state = if disk.heard.contains(&txn) { "committable in" } else { "uncertain about" };
            return match self.watched.get(&txn) {
                None => format!("{state} {txn}, and has crashed since it voted: waits for somebody who knows"),
                Some(watch) if watch.round.is_some() => format!("{state} {txn}: has taken over, and waits for answers"),
                Some(_) => format!("{state} {txn}: waits for whoever coordinates"),
            };
        }
        match self.participant.waiting().next() {
            Some(txn) => format!("waits for the locks of {txn}"),
            None => "in doubt about nothing".to_owned(),
        }
    }

    fn coordinator_waits(&self, disk: &Disk) -> String {
        let nodes = |sites: &mut dyn Iterator<Item = &Site>| {
            sites.map(|site| node_of(*site).to_string()).collect::<Vec<_>>().join(", ")
        };
        if let Some((txn, voting)) = self.voting.first_key_value() {
            let missing = nodes(&mut voting.sites.iter().filter(|site| !voting.yes.contains_key(site)));
            return format!("waits for votes on {txn} from {missing}");
        }
        if let Some((txn, committable)) = disk.committable.first_key_value() {
            return match self.acknowledged.get(txn) {
                Some(heard) => {
                    let missing = nodes(&mut committable.sites.iter().filter(|site| !heard.contains(site)));
                    format!("waits until {missing} have heard that {txn} is committable")
                }
                None => {
                    format!("has crashed while {txn} was committable: waits for a site that knows what became of it")
                }
            };
        }
        match self.unfinished.first_key_value() {
            Some((txn, left)) => format!("waits until {} have carried out {txn}", nodes(&mut left.iter())),
            None => "has decided everything that it was asked".to_owned(),
        }
    }
}
