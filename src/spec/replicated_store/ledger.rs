//! Which check reads which fact.

use crate::node::{NodeId, Outcome, RequestId};
use crate::spec::judged::{Findings, Ledger, Observed};
use crate::spec::replicated_store::copies::Copies;
use crate::spec::replicated_store::facts::place;
use crate::spec::replicated_store::tables::{Tables, distinct};
use crate::spec::replicated_store::{Partition, ReplicatedStore, RingVersion, StoreFact, Table};
use crate::spec::store::{Key, Reply};

/// How the cluster is set up: as nodes say at their start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rules {
    pub copies: u32,
    pub reads: u32,
    pub writes: u32,
    pub master: NodeId,
}

impl Rules {
    /// How many owners of a partition must be well for it to be read, written, and handed over so that its old owners
    /// can do neither any more.
    pub fn needed_of_owners(&self) -> u32 {
        let fence = (self.copies + 1).saturating_sub(self.reads.min(self.writes));
        self.reads.max(self.writes).max(fence).min(self.copies)
    }
}

/// All that the invariants of the family remember.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreLedger {
    pub(super) rules: Rules,
    pub(super) tables: Tables,
    copies: Copies,
}

impl Ledger<ReplicatedStore> for StoreLedger {
    fn new(nodes: u32) -> Self {
        let rules = Rules { copies: 1, reads: 1, writes: 1, master: NodeId::default() };
        StoreLedger { rules, tables: Tables::new(nodes), copies: Copies::default() }
    }

    fn observe(&mut self, seen: &Observed<ReplicatedStore>, findings: &mut Findings) {
        match *seen {
            Observed::Fact(node, fact) => self.fact(node, fact, findings),
            Observed::Asked(request, op) => self.copies.asked(request, *op),
            Observed::Answered(_, request, Outcome::Done(Reply::Written)) => self.answered(request, findings),
            Observed::Answered(
                _,
                _,
                Outcome::Done(Reply::Value(_) | Reply::Swapped(_))
                | Outcome::Refused(_)
                | Outcome::Unknown
                | Outcome::Redirect(_),
            ) => {}
            Observed::Crashed(_) | Observed::Restarted(_) => {}
            Observed::Lost(node) => {
                self.tables.lost(node);
                self.copies.lost(node);
            }
            Observed::Holds(node, fact) => self.holds(node, fact),
        }
    }

    /// The ring has come to rest: it moves no more, and the core goes by it and owns all of it. Every key lies on its
    /// owners and on nobody else, and all copies are equal.
    fn at_rest(&self, core: &[bool]) -> Result<(), String> {
        let Some((ring, table)) = self.tables.latest() else { return Ok(()) };
        if let Some((partition, placement)) = table.iter().find(|(_, placement)| placement.moves()) {
            return Err(format!("{partition} still moves in {ring}: {placement}"));
        }
        let well = |node: &NodeId| core[node.index()];
        let lags = |node: &NodeId| well(node) && self.tables.adopted(*node) != ring;
        if let Some(node) = NodeId::all(core.len() as u32).find(lags) {
            return Err(format!("{node} goes by {}, and there is {ring}", self.tables.adopted(node)));
        }
        let gone = table.iter().find_map(|(partition, placement)| {
            placement.owners.iter().find(|owner| !well(owner)).map(|owner| (partition, *owner))
        });
        if let Some((partition, owner)) = gone {
            return Err(format!("{owner} owns {partition} in {ring}, and does not come back"));
        }
        self.copies.at_rest(core, |partition| self.tables.owners(partition))
    }
}

impl StoreLedger {
    fn fact(&mut self, node: NodeId, fact: &StoreFact, findings: &mut Findings) {
        match fact {
            StoreFact::Configured { copies, reads, writes, master } => {
                self.rules = Rules { copies: *copies, reads: *reads, writes: *writes, master: *master };
            }
            StoreFact::Adopted { ring, table } => self.adopted(node, *ring, table, findings),
            StoreFact::Served { partition, ring, .. } => {
                findings.check(place::OWNERS_SERVE, self.tables.may_serve(node, *partition, *ring));
            }
            StoreFact::Stored { key, partition, writes } => {
                findings.check(place::VALIDITY, self.copies.valid(node, *key, writes));
                self.copies.stored(node, *key, *partition, writes);
            }
            StoreFact::Dropped { key, partition } => {
                self.copies.dropped(node, *key);
                let left = self.copies.all_held(*key, self.tables.owners(*partition), self.rules.writes);
                findings.check(place::NO_LOST_KEY, left.map_err(|why| format!("{node} dropped its copy: {why}")));
            }
            // What is claimed here shows when the partition changes hands; who is suspected wrongly has lost nothing;
            // and what is acknowledged is judged as the client is told.
            StoreFact::Transferred { .. } | StoreFact::Suspected { .. } | StoreFact::Acknowledged { .. } => {}
        }
    }

    fn adopted(&mut self, node: NodeId, ring: RingVersion, table: &Table, findings: &mut Findings) {
        let told = self.tables.tell(node, ring, table);
        findings.check(place::VERSION_MONOTONE, self.tables.adopt(node, ring));
        if told == Ok(true) {
            findings.check(place::DISTINCT_OWNERS, distinct(node, ring, table, self.rules.copies));
            self.changes_hands(ring, table, findings);
        }
        findings.check(place::ONE_TABLE_PER_VERSION, told.map(|_| ()));
    }

    /// In a new version some partitions have other owners than in the one before.
    fn changes_hands(&self, ring: RingVersion, table: &Table, findings: &mut Findings) {
        let Some(before) = self.tables.before(ring) else { return };
        for (partition, placement) in table.iter() {
            let same = before.get(partition).is_some_and(|before| before.owners == placement.owners);
            if same {
                continue;
            }
            for key in self.copies.keys_of(partition) {
                let whole = self.copies.all_held(key, &placement.owners, self.rules.writes);
                let told = |why| format!("{partition} changes hands in {ring}: {why}");
                findings.check(place::HANDED_OVER_WHOLE, whole.map_err(told));
            }
        }
    }

    /// A client is told that its write is done.
    fn answered(&mut self, request: RequestId, findings: &mut Findings) {
        let Some(key) = self.copies.written_by(request) else { return };
        self.copies.acknowledged(request, key);
        let owners = self.owners_of(key);
        let held = self.copies.is_held(key, request, owners, self.rules.writes);
        findings.check(place::ACKNOWLEDGED_IS_DURABLE, held);
    }

    fn owners_of(&self, key: Key) -> &[NodeId] {
        let owners = |partition: Partition| self.tables.owners(partition);
        self.copies.partition_of(key).map_or(&[], owners)
    }

    /// A disk that has lost something still holds this.
    fn holds(&mut self, node: NodeId, fact: &StoreFact) {
        match fact {
            StoreFact::Adopted { ring, .. } => self.tables.holds(node, *ring),
            StoreFact::Stored { key, partition, writes } => self.copies.stored(node, *key, *partition, writes),
            StoreFact::Dropped { key, .. } => self.copies.dropped(node, *key),
            StoreFact::Configured { .. }
            | StoreFact::Served { .. }
            | StoreFact::Transferred { .. }
            | StoreFact::Suspected { .. }
            | StoreFact::Acknowledged { .. } => {}
        }
    }
}
