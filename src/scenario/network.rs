//! From what a scenario says of its network to what each link is like: zones and overrides looked up, distributions
//! turned into tables.

use crate::engine::config::{LinkChange, NetworkConfig, Override};
use crate::engine::fault::Fault;
use crate::engine::latency::Latency;
use crate::engine::model::{LinkModel, ModelChange, NetworkModel, client_model};
use crate::node::NodeId;
use crate::scenario::Problem;
use crate::scenario::quantiles::resolve;
use crate::spec::names::unknown;
use std::collections::BTreeMap;

/// The most pairs of classes of nodes, each of which may have links of its own kind.
const PAIRS_MAX: usize = 1 << 20;
/// The name of a side that is every node.
const ALL: &str = "all";

/// What each link of a cluster of `nodes` is like.
///
/// # Errors
/// When the network says something that is not allowed.
pub(super) fn resolve_network(config: &NetworkConfig, faults: &[Fault], nodes: u32) -> Result<NetworkModel, Problem> {
    check_latency(&config.latency, "network.latency")?;
    check_zones(config, nodes)?;
    let base = base_model(config);
    let sides = config.overrides.iter().enumerate();
    let sides = sides.map(|(place, change)| Sides::of(config, place, change, nodes)).collect::<Result<Vec<_>, _>>()?;
    let mut network = NetworkModel::uniform(base.clone(), nodes);
    network.clients = client_model(&base);
    classify(&mut network, &sides)?;
    let no_change = LinkChange::default();
    for (place, fault) in faults.iter().enumerate() {
        let change = if let Fault::Degrade(degrade) = fault { &degrade.network } else { &no_change };
        network.changes.push(resolve_change(change, &format!("faults[{place}].degrade.network"))?);
    }
    Ok(network)
}

fn check_latency(latency: &Latency, key: &str) -> Result<(), Problem> {
    latency.check().map_err(|(inner, why)| Problem::at(format!("{key}.{inner}"), why))
}

fn base_model(config: &NetworkConfig) -> LinkModel {
    LinkModel {
        latency: resolve(&config.latency),
        loss: config.loss,
        duplication: config.duplication,
        corruption: config.corruption,
        order: config.order,
        bandwidth: config.bandwidth,
        queue: config.queue,
        straggle: config.straggle,
        replay: config.replay,
    }
}

fn resolve_change(change: &LinkChange, key: &str) -> Result<ModelChange, Problem> {
    if let Some(latency) = &change.latency {
        check_latency(latency, &format!("{key}.latency"))?;
    }
    Ok(ModelChange {
        latency: change.latency.as_ref().map(resolve),
        loss: change.loss,
        duplication: change.duplication,
        corruption: change.corruption,
        order: change.order,
        bandwidth: change.bandwidth,
        queue: change.queue,
        straggle: change.straggle,
        replay: change.replay,
    })
}

fn check_zones(config: &NetworkConfig, nodes: u32) -> Result<(), Problem> {
    for (name, members) in &config.zones {
        let wrong = |why: String| Err(Problem::at(format!("network.zones.{name}"), why));
        if name == ALL || name.parse::<NodeId>().is_ok() {
            return wrong(format!("`{name}` means something else already: call the zone otherwise"));
        }
        if members.is_empty() {
            return wrong("is empty: a zone has at least one node".to_owned());
        }
        if let Some(node) = members.iter().find(|node| node.index() >= nodes as usize) {
            return wrong(format!("there is no {node}: nodes are n1 to n{nodes}"));
        }
    }
    Ok(())
}

/// An override, with the nodes on both its sides.
struct Sides {
    from: Vec<bool>,
    to: Vec<bool>,
    both_ways: bool,
    change: ModelChange,
}

impl Sides {
    fn of(config: &NetworkConfig, place: usize, change: &Override, nodes: u32) -> Result<Sides, Problem> {
        let key = format!("network.overrides[{place}]");
        let (one, other, both_ways, keys) = match (&change.between, &change.from, &change.to) {
            (Some([one, other]), None, None) => (one, other, true, ["between[0]", "between[1]"]),
            (None, Some(from), Some(to)) => (from, to, false, ["from", "to"]),
            _ => {
                let why = "says which links by `between`, or by `from` and `to`: one of the two";
                return Err(Problem::at(key, why));
            }
        };
        if change.network.is_empty() {
            return Err(Problem::at(format!("{key}.network"), "changes nothing: it needs at least one key"));
        }
        let side = |name: &str, inner: &str| {
            members(config, name, nodes).map_err(|why| Problem::at(format!("{key}.{inner}"), why))
        };
        Ok(Sides {
            from: side(one, keys[0])?,
            to: side(other, keys[1])?,
            both_ways,
            change: resolve_change(&change.network, &format!("{key}.network"))?,
        })
    }

    fn concerns(&self, from: NodeId, to: NodeId) -> bool {
        let (from, to) = (from.index(), to.index());
        self.from[from] && self.to[to] || self.both_ways && self.from[to] && self.to[from]
    }
}

/// Which nodes a side names.
fn members(config: &NetworkConfig, name: &str, nodes: u32) -> Result<Vec<bool>, String> {
    if let Some(zone) = config.zones.get(name) {
        return Ok(NodeId::all(nodes).map(|node| zone.contains(&node)).collect());
    }
    if name == ALL {
        return Ok(vec![true; nodes as usize]);
    }
    match name.parse::<NodeId>() {
        Ok(node) if node.index() < nodes as usize => Ok(NodeId::all(nodes).map(|other| other == node).collect()),
        Ok(node) => Err(format!("there is no {node}: nodes are n1 to n{nodes}")),
        Err(_) => {
            let names: Vec<&str> = config.zones.keys().map(String::as_str).chain([ALL, "n1"]).collect();
            Err(unknown("zone", name, &names))
        }
    }
}

/// Nodes that stand on the same sides of all overrides are of one class; what a link is like depends on the classes of
/// its ends, of which there are few, and not on the ends, of which there may be many.
fn classify(network: &mut NetworkModel, sides: &[Sides]) -> Result<(), Problem> {
    let nodes = network.classes.len() as u32;
    let mut classes: BTreeMap<Vec<bool>, u32> = BTreeMap::new();
    let mut first_of = Vec::new();
    for node in NodeId::all(nodes) {
        let signature = sides.iter().flat_map(|side| [side.from[node.index()], side.to[node.index()]]).collect();
        let class = *classes.entry(signature).or_insert_with(|| {
            first_of.push(node);
            first_of.len() as u32 - 1
        });
        network.classes[node.index()] = class;
    }
    let count = first_of.len();
    if count * count > PAIRS_MAX {
        let why = format!("tell apart {count} classes of nodes: at most {} are possible", PAIRS_MAX.isqrt());
        return Err(Problem::at("network.overrides", why));
    }
    let base = network.models[0].clone();
    let mut kinds: BTreeMap<Vec<bool>, u32> = BTreeMap::from([(vec![false; sides.len()], 0)]);
    network.class_count = count as u32;
    network.kinds.clear();
    for from in &first_of {
        for to in &first_of {
            let concerned: Vec<bool> = sides.iter().map(|side| side.concerns(*from, *to)).collect();
            let next = network.models.len() as u32;
            let kind = *kinds.entry(concerned.clone()).or_insert(next);
            if kind == next {
                let changes = sides.iter().zip(&concerned).filter(|(_, concerned)| **concerned);
                network.models.push(changes.fold(base.clone(), |model, (side, _)| model.with(&side.change)));
            }
            network.kinds.push(kind);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Nanos;

    fn network(text: &str, nodes: u32) -> Result<NetworkModel, Problem> {
        resolve_network(&serde_json::from_str(text).unwrap(), &[], nodes)
    }

    #[test]
    fn the_last_override_counts_key_by_key() {
        let model = network(
            r#"{
                "latency": { "constant": "1ms" },
                "zones": { "east": ["n1", "n2"], "west": ["n3"] },
                "overrides": [
                    { "between": ["east", "west"], "network": { "latency": { "constant": "50ms" }, "loss": 0.1 } },
                    { "from": "n1", "to": "west", "network": { "loss": 0 } }
                ]
            }"#,
            4,
        )
        .unwrap();
        let latency = |from, to| model.link(NodeId::new(from), NodeId::new(to)).latency.max().0 / 1_000_000;
        assert_eq!([latency(0, 1), latency(0, 2), latency(2, 1), latency(3, 2), latency(1, 2)], [1, 50, 50, 1, 50]);
        let lossy = |from, to| model.link(NodeId::new(from), NodeId::new(to)).loss.happens(0);
        assert_eq!([lossy(0, 2), lossy(2, 0), lossy(1, 2), lossy(0, 1)], [false, true, true, false]);
        assert_eq!(model.message_max(), Nanos::from_millis(50));
    }

    #[test]
    fn ten_thousand_nodes_in_two_zones_are_two_classes() {
        let west: Vec<String> = (5001..=10_000).map(|n| format!("\"n{n}\"")).collect();
        let text = format!(
            r#"{{ "zones": {{ "west": [{}] }},
                "overrides": [ {{ "between": ["all", "west"], "network": {{ "loss": 0.5 }} }} ] }}"#,
            west.join(",")
        );
        let model = network(&text, 10_000).unwrap();
        assert_eq!((model.class_count, model.models.len()), (2, 2));
    }

    #[test]
    fn what_cannot_be_is_refused_by_key() {
        for (text, key, says) in [
            (r#"{ "zones": { "n7": ["n1"] } }"#, "network.zones.n7", "means something else"),
            (r#"{ "zones": { "east": [] } }"#, "network.zones.east", "is empty"),
            (r#"{ "zones": { "east": ["n9"] } }"#, "network.zones.east", "there is no n9"),
            (
                r#"{ "zones": { "east": ["n1"] },
                     "overrides": [ { "between": ["eats", "n2"], "network": { "loss": 1 } } ] }"#,
                "network.overrides[0].between[0]",
                "did you mean `east`?",
            ),
            (
                r#"{ "overrides": [ { "from": "n1", "network": { "loss": 1 } } ] }"#,
                "network.overrides[0]",
                "one of the",
            ),
            (
                r#"{ "overrides": [ { "from": "n1", "to": "all", "network": {} } ] }"#,
                "network.overrides[0].network",
                "changes nothing",
            ),
            (
                r#"{ "latency": { "log-normal": { "median": "5ms", "p99": "1ms" } } }"#,
                "network.latency.log-normal.p99",
                "1ms is below the median, 5ms",
            ),
            (
                r#"{ "latency": { "exponential": { "min": "5ms", "mean": "1ms" } } }"#,
                "network.latency.exponential.mean",
                "1ms is below the minimum, 5ms",
            ),
            (
                r#"{ "latency": { "pareto": { "min": "0s", "p99": "1ms" } } }"#,
                "network.latency.pareto.min",
                "no multiples",
            ),
            (
                r#"{ "latency": { "normal": { "mean": "5ms", "deviation": "1ms", "max": "4ms" } } }"#,
                "network.latency.normal.max",
                "4ms is below the mean, 5ms",
            ),
        ] {
            let error = network(text, 3).unwrap_err();
            assert_eq!(error.key, key, "{text}");
            assert!(error.message.contains(says), "{text}: {}", error.message);
        }
    }
}
