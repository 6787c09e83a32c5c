//! Which nodes heal when the faults end.

use crate::node::NodeId;
use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use std::fmt;

/// Which nodes heal when the faults end. The others keep what they suffer from, and are not heard any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Core {
    /// As many as the family needs, or more, drawn from the seed. Written `drawn`.
    #[default]
    Drawn,
    /// All. Written `all`.
    All,
    /// These. Written as a list.
    Nodes(Vec<NodeId>),
}

impl Core {
    /// Whether the nodes that it names are there, in a cluster of `nodes`.
    ///
    /// # Errors
    /// What was found, and what is allowed.
    pub fn check(&self, nodes: u32) -> Result<(), String> {
        let Core::Nodes(listed) = self else { return Ok(()) };
        if listed.is_empty() {
            return Err("an empty core could do nothing: name at least one node".to_owned());
        }
        match listed.iter().find(|node| node.index() >= nodes as usize) {
            Some(node) => Err(format!("there is no {node}: nodes are n1 to n{nodes}")),
            None => Ok(()),
        }
    }
}

impl Serialize for Core {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Core::Drawn => serializer.serialize_str("drawn"),
            Core::All => serializer.serialize_str("all"),
            Core::Nodes(nodes) => nodes.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Core {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> de::Visitor<'de> for Text {
            type Value = Core;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`drawn`, `all` or a list of nodes: [\"n1\", \"n2\"]")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Core, E> {
                match text {
                    "drawn" => Ok(Core::Drawn),
                    "all" => Ok(Core::All),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Core, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Core::Nodes)
            }
        }
        deserializer.deserialize_any(Text)
    }
}
