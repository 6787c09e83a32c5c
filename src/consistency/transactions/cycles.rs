//! All kinds of cycles that a graph has, and a short one of each.
//!
//! Whether there is a cycle that a model forbids is decided exactly and in linear time, by strongly connected
//! components: of writes over writes, of dependencies, of everything, and, for snapshot isolation, of everything
//! where no two anti-dependencies follow each other. Only *G-single* has no such test: it is searched for from each
//! place where it could close, within a budget.

use super::anomaly::{Anomaly, Kind, SCOPES, Scope};
use super::graph::{Components, Graph, PROCESS, REALTIME, RW, WR, Walk};
use super::search::{Hop, Rule, Search};
use std::collections::{BTreeMap, BTreeSet};

/// How many edges one search for one kind of cycle may look at beyond the first cycle found.
const BUDGET: usize = 4_000_000;

/// What was found.
#[derive(Default)]
pub(super) struct Cycles {
    /// The shortest cycle of each name that was met.
    pub found: BTreeMap<Anomaly, Vec<Hop>>,
    /// Scopes in which the search for *G-single* ran out of budget.
    pub unsure: BTreeSet<Scope>,
}

/// Which cycles there are at all in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Existence {
    pub writes: bool,
    pub dependencies: bool,
    pub alternating: bool,
    pub any: bool,
}

/// Tells which kinds of cycles there are.
pub(super) fn existence(graph: &Graph, scope: Scope) -> Existence {
    let any = graph.components(Walk::all(scope)).any();
    Existence {
        writes: any && graph.components(Walk::writes(scope)).any(),
        dependencies: any && graph.components(Walk::dependencies(scope)).any(),
        alternating: any && graph.alternating(Walk::all(scope)).any(),
        any,
    }
}

/// Finds a short cycle of each kind, of those in a wider scope only what is not there in a narrower one.
pub(super) fn cycles(graph: &Graph, transactions: u32) -> Cycles {
    let mut cycles = Cycles::default();
    if !graph.components(Walk::all(Scope::Realtime)).any() {
        return cycles;
    }
    let mut search = Search::new(graph, transactions);
    for scope in SCOPES {
        let all = Walk::all(scope);
        let any = graph.components(all);
        if !any.any() {
            continue;
        }
        let writes = graph.components(Walk::writes(scope));
        let dependencies = graph.components(Walk::dependencies(scope));
        let alternating = graph.alternating(all);
        let mut seek = |rule, walk, among: &Components, kinds: &[Kind]| {
            let known = |kind: &&Kind| SCOPES.iter().any(|at| *at <= scope && cycles.has(*at, **kind));
            if !among.any() || kinds.iter().find(known).is_some() {
                return;
            }
            let tried = look(&mut search, rule, walk, among, &mut cycles);
            if rule == Rule::Single && tried == Tried::Some && !cycles.has(scope, Kind::GSingle) {
                cycles.unsure.insert(scope);
            }
        };
        seek(Rule::Writes, Walk::writes(scope), &writes, &[Kind::G0]);
        seek(Rule::Reads, Walk::dependencies(scope), &dependencies, &[Kind::G1c]);
        seek(Rule::Single, all, &alternating, &[Kind::GSingle]);
        // There is one for certain if there is any cycle of the kind that is no dependency alone.
        seek(Rule::Alternating, all, &alternating, &[Kind::G0, Kind::G1c, Kind::GSingle, Kind::GNonadjacent]);
        seek(Rule::AlternatingTwice, all, &alternating, &[Kind::GNonadjacent]);
        seek(Rule::Adjacent, all, &any, &[Kind::G2Item]);
        seek(Rule::Any, all, &any, &[Kind::G0, Kind::G1c, Kind::GSingle, Kind::GNonadjacent, Kind::G2Item]);
    }
    cycles
}

impl Cycles {
    fn has(&self, scope: Scope, kind: Kind) -> bool {
        self.found.contains_key(&Anomaly { scope, kind })
    }
}

/// Whether all places were tried where a cycle could close.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tried {
    All,
    Some,
}

fn look(search: &mut Search, rule: Rule, walk: Walk, among: &Components, cycles: &mut Cycles) -> Tried {
    search.budget = BUDGET + search.enough();
    let mut best = u32::MAX;
    let mut tried = Tried::All;
    for start in search.starts(rule, walk, among) {
        // The first search always runs to its end: where a cycle is certain, it is found.
        let Some(hops) = search.shortest(start, rule, walk, among, best) else {
            if search.budget == 0 {
                tried = Tried::Some;
                break;
            }
            continue;
        };
        let hops = simple(hops);
        let length = hops.len() as u32;
        let name = name(&hops);
        let known = cycles.found.get(&name).map_or(usize::MAX, Vec::len);
        if hops.len() < known {
            cycles.found.insert(name, hops);
        }
        best = best.min(length);
        if best == 2 {
            break;
        }
    }
    tried
}

/// A closed walk without repetition. Where it meets a transaction twice, the part between is a cycle by itself; of
/// the two parts the one is kept that no two anti-dependencies meet in.
fn simple(hops: Vec<Hop>) -> Vec<Hop> {
    let mut last: BTreeMap<u32, usize> = BTreeMap::new();
    for (place, hop) in hops.iter().enumerate() {
        let Some(before) = last.insert(hop.from, place) else { continue };
        let inner = &hops[before..place];
        let outer: Vec<Hop> = hops[..before].iter().chain(&hops[place..]).copied().collect();
        let meets = |part: &[Hop]| part.len() > 1 && part[0].label == RW && part[part.len() - 1].label == RW;
        return simple(if meets(inner) { outer } else { inner.to_vec() });
    }
    hops
}

/// Names a cycle by its edges.
fn name(hops: &[Hop]) -> Anomaly {
    let count = |label| hops.iter().filter(|hop| hop.label == label).count();
    let next = hops.iter().cycle().skip(1);
    let adjacent = hops.iter().zip(next).any(|(one, other)| one.label == RW && other.label == RW);
    let kind = match count(RW) {
        0 if count(WR) == 0 => Kind::G0,
        0 => Kind::G1c,
        1 => Kind::GSingle,
        _ if adjacent => Kind::G2Item,
        _ => Kind::GNonadjacent,
    };
    let scope = if count(REALTIME) > 0 {
        Scope::Realtime
    } else if count(PROCESS) > 0 {
        Scope::Process
    } else {
        Scope::Data
    };
    Anomaly { scope, kind }
}
