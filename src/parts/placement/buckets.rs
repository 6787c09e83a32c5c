//! Members in a row of buckets: jump consistent hash (Lamping & Veach 2014), and the plain modulo.

use crate::node::NodeId;
use crate::parts::placement::{Member, Zones, hash_key};
use std::collections::BTreeSet;

/// How a key finds its bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Row {
    /// [`jump`]: few keys move when a bucket is added or taken away at the end of the row.
    Jump,
    /// The hash modulo the number of buckets: nearly all keys move.
    Modulo,
}

/// The members in the order of their ids, each with as many buckets as its weight says.
///
/// Jump "is only suitable when buckets can be numbered sequentially", and arbitrary ones "cannot be removed": a member
/// that comes or goes in the middle shifts all behind it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Buckets {
    row: Row,
    buckets: Vec<NodeId>,
    zones: Zones,
}

/// The bucket of a key among so many: figure 1 of the paper, with its quotient in integers. (There it is of floating
/// point, whose rounding makes another bucket of some keys in many millions.)
///
/// # Panics
/// When there is no bucket.
pub fn jump(key: u64, buckets: u64) -> u64 {
    assert!(buckets > 0, "no bucket to jump to");
    let (mut key, mut bucket, mut next) = (key, 0, 0);
    while next < buckets {
        bucket = next;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        next = (u128::from(bucket + 1) * (1 << 31) / u128::from((key >> 33) + 1)) as u64;
    }
    bucket
}

impl Buckets {
    /// A row without members.
    pub fn new(row: Row) -> Self {
        Buckets { row, buckets: Vec::new(), zones: Zones::default() }
    }

    /// A member joins. One that is there already stays as it is.
    pub fn join(&mut self, member: Member) {
        if self.zones.insert(member) {
            self.line_up();
        }
    }

    /// A member leaves. Nothing happens where it is none.
    pub fn leave(&mut self, node: NodeId) {
        if self.zones.remove(node) {
            self.line_up();
        }
    }

    fn line_up(&mut self) {
        let of = |member: Member| (0..member.weight).map(move |_| member.node);
        self.buckets = self.zones.iter().flat_map(of).collect();
    }

    fn first(&self, key: u64) -> usize {
        let count = self.buckets.len() as u64;
        let bucket = match self.row {
            Row::Jump => jump(hash_key(key), count),
            Row::Modulo => hash_key(key) % count,
        };
        bucket as usize
    }

    /// The members from the key's bucket on, around the row, each once.
    pub fn walk(&self, key: u64) -> impl Iterator<Item = NodeId> + '_ {
        let first = if self.buckets.is_empty() { 0 } else { self.first(key) };
        let (before, from) = self.buckets.split_at(first);
        let mut met = BTreeSet::new();
        from.iter().chain(before).copied().filter(move |node| met.insert(*node))
    }

    /// Who its members are.
    pub fn members(&self) -> &Zones {
        &self.zones
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As other implementations have it: ClickHouse's tests, lithammer's, .NEXT's.
    #[test]
    fn it_jumps_where_others_do() {
        let known = [(1, 1, 0), (42, 57, 43), (0xDEAD_10CC, 1, 0), (0xDEAD_10CC, 666, 361), (256, 1024, 520)];
        for (key, buckets, bucket) in known {
            assert_eq!(jump(key, buckets), bucket, "{key:x} of {buckets}");
        }
    }

    #[test]
    fn a_key_that_jumps_jumps_to_the_new_bucket() {
        for key in (0..2000).map(hash_key) {
            for buckets in 1..40 {
                let (before, after) = (jump(key, buckets), jump(key, buckets + 1));
                assert!(after == before || after == buckets, "{key:x} of {buckets}");
            }
        }
    }
}
