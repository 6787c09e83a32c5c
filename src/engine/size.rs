//! How large a message is, for links of limited bandwidth.

use std::hash::{Hash, Hasher};

/// How large a message is: the bytes that its content takes, every number in eight of them, as the digest counts it.
pub(in crate::engine) fn size_of<M: Hash>(message: &M) -> u64 {
    let mut counter = Counter(0);
    message.hash(&mut counter);
    counter.0
}

/// Counts what is written to it.
struct Counter(u64);

impl Hasher for Counter {
    fn write(&mut self, bytes: &[u8]) {
        self.0 += bytes.len() as u64;
    }
    fn write_u8(&mut self, _: u8) {
        self.0 += 8;
    }
    fn write_u16(&mut self, _: u16) {
        self.0 += 8;
    }
    fn write_u32(&mut self, _: u32) {
        self.0 += 8;
    }
    fn write_u64(&mut self, _: u64) {
        self.0 += 8;
    }
    fn write_usize(&mut self, _: usize) {
        self.0 += 8;
    }
    fn finish(&self) -> u64 {
        self.0
    }
}
