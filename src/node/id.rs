//! Names of participants and requests. Indexes count from 0 in code; people read them from 1.

use std::cmp::Ordering;
use std::fmt;

/// One node of the cluster: `n1`, `n2`, …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NodeId(u32);

impl NodeId {
    /// The node at `index`, counted from 0.
    pub const fn new(index: u32) -> Self {
        NodeId(index)
    }

    /// The node's place in a table of nodes, counted from 0.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// All nodes of a cluster of `nodes`, in order.
    pub fn all(nodes: u32) -> impl DoubleEndedIterator<Item = NodeId> + Clone {
        (0..nodes).map(NodeId)
    }
}

/// One client of the cluster: `c1`, `c2`, …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ClientId(u32);

impl ClientId {
    /// The client at `index`, counted from 0.
    pub const fn new(index: u32) -> Self {
        ClientId(index)
    }

    /// The client's place in a table of clients, counted from 0.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One operation of one client. Retries of the operation carry the same id, so that a protocol with sessions can
/// execute it exactly once.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId {
    /// Who asks; also the name of the session.
    pub client: ClientId,
    /// The operation's number within the session, from 1, without gaps.
    pub sequence: u32,
}

impl RequestId {
    /// A name for what a host asks of one of its parts: no client has asked, and one of the host's lives stands for it.
    pub const fn of_host(life: u32, number: u32) -> Self {
        RequestId { client: ClientId::new(life), sequence: number }
    }

    /// Both numbers in one word, the client's above: compared in one go, since every table of requests does.
    fn word(self) -> u64 {
        (self.client.index() as u64) << 32 | u64::from(self.sequence)
    }
}

impl Ord for RequestId {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.word().cmp(&other.word())
    }
}

impl PartialOrd for RequestId {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", u64::from(self.0) + 1)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", u64::from(self.0) + 1)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.client, self.sequence)
    }
}

/// Debug output is what traces show: for names and numbers it is the short form, as `Display` gives it.
macro_rules! debug_is_display {
    ($($name:ty),*) => { $(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    )* };
}
pub(crate) use debug_is_display;

debug_is_display!(NodeId, ClientId, RequestId);

/// Reads `n3` or `c3`: the letter, then a number from 1.
fn parse_numbered(text: &str, letter: char, what: &str) -> Result<u32, String> {
    let wrong = || format!("`{text}` is no {what}: expected `{letter}` and a number from 1, such as `{letter}3`");
    let number: u32 = text.strip_prefix(letter).ok_or_else(wrong)?.parse().map_err(|_| wrong())?;
    number.checked_sub(1).ok_or_else(wrong)
}

impl std::str::FromStr for NodeId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        parse_numbered(text, 'n', "node").map(NodeId)
    }
}

impl std::str::FromStr for RequestId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no request: expected a client and a number, such as `c1#4`");
        let (client, sequence) = text.split_once('#').ok_or_else(wrong)?;
        let client = ClientId(parse_numbered(client, 'c', "client")?);
        let sequence = sequence.parse().ok().filter(|s| *s > 0).ok_or_else(wrong)?;
        Ok(RequestId { client, sequence })
    }
}

macro_rules! serialised_as_text {
    ($($name:ty),*) => { $(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )* };
}
serialised_as_text!(NodeId, ClientId, RequestId);

impl<'de> serde::Deserialize<'de> for NodeId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        assert_eq!("n3".parse(), Ok(NodeId::new(2)));
        assert_eq!(NodeId::new(2).to_string(), "n3");
        let request = RequestId { client: ClientId::new(0), sequence: 4 };
        assert_eq!(request.to_string(), "c1#4");
        assert_eq!("c1#4".parse(), Ok(request));
        for wrong in ["", "n", "n0", "3", "n-1", "m3", "n4294967296"] {
            assert!(wrong.parse::<NodeId>().is_err(), "{wrong}");
        }
        for wrong in ["c1", "c1#0", "c0#1", "n1#1", "c1#"] {
            assert!(wrong.parse::<RequestId>().is_err(), "{wrong}");
        }
    }
}
