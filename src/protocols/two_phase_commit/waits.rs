//! What a node waits for, in words, for people who want to know why nothing happens.

use crate::node::NodeId;
use crate::protocols::two_phase_commit::TwoPhaseCommit;
use crate::protocols::two_phase_commit::state::{COORDINATOR, Disk, node_of, site_of};
use crate::spec::atomic_commit::Site;

impl TwoPhaseCommit {
    /// `in doubt about t1.5: only n1, n3 can know`
    pub(super) fn waits(&self, id: NodeId, disk: &Disk) -> String {
        let listed = |nodes: Vec<NodeId>| nodes.iter().map(NodeId::to_string).collect::<Vec<_>>().join(", ");
        let nodes = |sites: &mut dyn Iterator<Item = &Site>| listed(sites.map(|site| node_of(*site)).collect());
        let Some(own) = site_of(id) else {
            if let Some((txn, voting)) = self.voting.first_key_value() {
                let missing = nodes(&mut voting.sites.iter().filter(|site| !voting.yes.contains_key(site)));
                return format!("waits for votes on {txn} from {missing}");
            }
            return match self.unacknowledged.first_key_value() {
                Some((txn, left)) => format!("waits until {} have carried out {txn}", nodes(&mut left.iter())),
                None => "has decided everything that it was asked".to_owned(),
            };
        };
        if let Some((txn, work)) = disk.resource().in_doubt().next() {
            let others = work.sites.iter().filter(|site| **site != own).map(|site| node_of(*site));
            let may_know: Vec<NodeId> = std::iter::once(COORDINATOR).chain(others).collect();
            return format!("in doubt about {txn}: only {} can know", listed(may_know));
        }
        match self.participant.waiting().next() {
            Some(txn) => format!("waits for the locks of {txn}"),
            None => "in doubt about nothing".to_owned(),
        }
    }
}
