//! Where keys and members lie: a 64-bit hash of our own, the same for ever and on every platform.
//!
//! FNV-1a (Fowler, Noll & Vo; RFC 9923) over bytes, and then the finisher of SplitMix64: FNV alone leaves the upper
//! bits of short texts alike, and those are the ones that place a point on a ring.

use crate::node::{NodeId, mix};

/// FNV-1a in 64 bits, fed byte by byte.
#[derive(Clone, Copy)]
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Fnv(0xCBF2_9CE4_8422_2325)
    }

    const fn byte(self, byte: u8) -> Self {
        Fnv((self.0 ^ byte as u64).wrapping_mul(0x0000_0100_0000_01B3))
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |hash, byte| hash.byte(*byte))
    }

    /// A number as people write it.
    fn decimal(self, number: u64) -> Self {
        let (mut digits, mut first, mut rest) = ([b'0'; 20], 19, number);
        while rest > 9 {
            digits[first] += (rest % 10) as u8;
            (rest, first) = (rest / 10, first - 1);
        }
        digits[first] += rest as u8;
        self.bytes(&digits[first..])
    }
}

/// The hash of a text.
pub fn hash(bytes: &[u8]) -> u64 {
    mix(Fnv::new().bytes(bytes).0)
}

/// Where a key lies: the hash of its number as 8 bytes, the lowest first.
pub fn hash_key(key: u64) -> u64 {
    hash(&key.to_le_bytes())
}

/// Where a virtual node lies: the hash of its label `n3#7`, the member and the number of the virtual node, from 0. The
/// mark between them matters: without it `n1` and `11` would make the same label as `n11` and `1`.
pub fn hash_virtual_node(node: NodeId, number: u32) -> u64 {
    mix(Fnv::new().byte(b'n').decimal(node.index() as u64 + 1).byte(b'#').decimal(u64::from(number)).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors that the authors of FNV publish.
    #[test]
    fn it_is_the_published_hash() {
        for (text, expected) in [
            ("", 0xCBF2_9CE4_8422_2325),
            ("a", 0xAF63_DC4C_8601_EC8C),
            ("b", 0xAF63_DF4C_8601_F1A5),
            ("foo", 0xDCB2_7518_FED9_D577),
            ("foobar", 0x8594_4171_F739_67E8),
        ] {
            assert_eq!(Fnv::new().bytes(text.as_bytes()).0, expected, "{text}");
        }
    }

    #[test]
    fn a_label_is_hashed_as_its_text() {
        for (node, number, label) in [(0, 0, "n1#0"), (2, 7, "n3#7"), (10, 1, "n11#1"), (999, 120, "n1000#120")] {
            assert_eq!(hash_virtual_node(NodeId::new(node), number), hash(label.as_bytes()), "{label}");
        }
        assert_eq!(hash_virtual_node(NodeId::new(u32::MAX), u32::MAX), hash(b"n4294967296#4294967295"));
    }
}
