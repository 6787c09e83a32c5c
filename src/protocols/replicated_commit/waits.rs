//! What a node waits for, in words, for people who want to know why nothing happens.

use crate::node::NodeId;
use crate::protocols::replicated_commit::state::Disk;
use crate::protocols::replicated_commit::{Phase, ReplicatedCommit};

impl ReplicatedCommit {
    /// `waits for votes on t1.5`; `in doubt about t1.5: a majority of the acceptors can know`
    pub(super) fn waits(&self, disk: &Disk) -> String {
        if let Some(member) = &self.member {
            return member.waits();
        }
        if let Some((txn, lead)) = self.leads.first_key_value() {
            let listed =
                |nodes: &mut dyn Iterator<Item = NodeId>| nodes.map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
            return match &lead.phase {
                Phase::Promises { promised, .. } => {
                    let heard = listed(&mut promised.nodes());
                    format!("leads {} of {txn}, and has promises of {heard}", lead.ballot)
                }
                Phase::Votes { accepted } => {
                    let missing = lead.sites.iter().filter(|site| !accepted.contains_key(site));
                    let missing: Vec<String> = missing.map(|site| site.to_string()).collect();
                    format!("leads {} of {txn}, and has no accepted votes of {}", lead.ballot, missing.join(", "))
                }
            };
        }
        if let Some((txn, _)) = disk.resource().in_doubt().next() {
            return format!("in doubt about {txn}: some acceptor must find out");
        }
        match self.participant.waiting().next() {
            Some(txn) => format!("waits for the locks of {txn}"),
            None => "leads nothing, and is in doubt about nothing".to_owned(),
        }
    }
}
