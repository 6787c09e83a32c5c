//! The laws of balance and movement, beside what is measured. A law is computed from the numbers of nodes, virtual
//! nodes and keys alone; it never sees a placement.

use splitbrain::node::NodeId;
use splitbrain::parts::placement::{Member, Placed};
use splitbrain::spec::placement::{Rules, Scheme};

const NODES: u32 = 10;
const KEYS: u32 = 4000;
/// Clusters that are measured: each of other nodes, since a node's points follow from its name, and with other keys.
const CLUSTERS: u32 = 200;

const SCHEMES: [Scheme; 5] = [Scheme::Ring, Scheme::Jump, Scheme::Rendezvous, Scheme::BoundedLoad, Scheme::Modulo];

fn rules(scheme: Scheme, virtual_nodes: u32) -> Rules {
    Rules { scheme, virtual_nodes, hash_bits: 64, keys: KEYS, slack: 25, replicas: 1, evicts: false }
}

mod law {
    use splitbrain::spec::placement::Scheme;

    /// The relative standard deviation of a member's load.
    ///
    /// On a ring a member's share is what n·v points drawn at random leave it: Dirichlet, with variance
    /// (n-1)/(n·(n·v+1)) beside the mean squared, which is about 1/v. Everywhere the draw of the keys adds (n-1)/k.
    pub fn deviation(scheme: Scheme, nodes: u32, virtual_nodes: u32, keys: u32) -> f64 {
        let (n, v, k) = (f64::from(nodes), f64::from(virtual_nodes), f64::from(keys));
        let by_points = match scheme {
            Scheme::Ring => (n - 1.0) / (n * v + 1.0),
            Scheme::Jump | Scheme::Rendezvous | Scheme::Modulo => 0.0,
            Scheme::BoundedLoad => panic!("bounded loads have a bound, and no law of deviation"),
        };
        (by_points + (n - 1.0) / k).sqrt()
    }

    /// The share of the keys that moves when a member joins n others.
    pub fn moved(scheme: Scheme, nodes: u32) -> f64 {
        let n = f64::from(nodes);
        match scheme {
            Scheme::Ring | Scheme::Jump | Scheme::Rendezvous => 1.0 / (n + 1.0),
            Scheme::Modulo => n / (n + 1.0),
            Scheme::BoundedLoad => panic!("that depends on the slack: Mirrokni et al. bound its order only"),
        }
    }

    /// How far the mean over so many clusters may lie from that: four standard errors. What moves on a ring is the
    /// newcomer's share, which deviates as any member's load does; of the others the draw of the keys alone.
    pub fn moved_within(scheme: Scheme, nodes: u32, virtual_nodes: u32, keys: u32, clusters: u32) -> f64 {
        4.0 * deviation(scheme, nodes + 1, virtual_nodes, keys) / f64::from(clusters).sqrt()
    }

    /// The largest load of n members on a ring with one point each, beside the mean: the harmonic number, about ln n.
    pub fn largest_of_one_point(nodes: u32) -> f64 {
        (1..=nodes).map(|i| 1.0 / f64::from(i)).sum()
    }
}

/// What is measured over all clusters.
struct Measured {
    /// The relative standard deviation of a member's load.
    deviation: f64,
    /// The mean over all clusters of the largest load beside the mean load.
    largest: f64,
    /// The share of keys that moved as a member joined.
    moved: f64,
    /// The share of keys that moved between two old members as one joined.
    moved_among_old: f64,
}

fn measure(rules: &Rules) -> Measured {
    let (mut squares, mut largest, mut moved, mut among_old) = (0.0, 0.0, 0, 0);
    let mean = f64::from(KEYS) / f64::from(NODES);
    for cluster in 0..CLUSTERS {
        let first = cluster * (NODES + 1);
        let members = (first..first + NODES).map(|node| Member::plain(NodeId::new(node)));
        let newcomer = NodeId::new(first + NODES);
        let mut placed = Placed::of(rules, members);
        let keys = (0..u64::from(KEYS)).map(|key| u64::from(cluster * KEYS) + key);
        let before: Vec<NodeId> = keys.clone().map(|key| placed.owner(key).unwrap()).collect();
        let mut load = [0u32; NODES as usize];
        before.iter().for_each(|owner| load[owner.index() - first as usize] += 1);
        squares += load.iter().map(|count| (f64::from(*count) / mean - 1.0).powi(2)).sum::<f64>();
        largest += load.iter().map(|count| f64::from(*count) / mean).fold(0.0, f64::max);
        placed.join(Member::plain(newcomer));
        for (key, owner) in keys.zip(&before) {
            let now = placed.owner(key).unwrap();
            moved += u32::from(now != *owner);
            among_old += u32::from(now != *owner && now != newcomer);
        }
    }
    let all = f64::from(KEYS) * f64::from(CLUSTERS);
    Measured {
        deviation: (squares / f64::from(NODES * CLUSTERS)).sqrt(),
        largest: largest / f64::from(CLUSTERS),
        moved: f64::from(moved) / all,
        moved_among_old: f64::from(among_old) / all,
    }
}

fn close(measured: f64, law: f64, tolerance: f64) -> bool {
    (measured / law - 1.0).abs() <= tolerance
}

/// Prints, with `--nocapture`, a table: the scheme, virtual nodes, deviation and movement as measured and by law.
#[test]
fn load_and_movement_follow_their_laws() {
    println!("| placement | virtual nodes | deviation | law | largest | moved | law | among old |");
    for scheme in SCHEMES {
        for virtual_nodes in [1, 16, 128] {
            let on_points = matches!(scheme, Scheme::Ring | Scheme::BoundedLoad);
            if !on_points && virtual_nodes > 1 {
                // There are none.
                continue;
            }
            let rules = rules(scheme, virtual_nodes);
            let Measured { deviation, largest, moved, moved_among_old } = measure(&rules);
            let (by_law, moved_law) = if scheme == Scheme::BoundedLoad {
                ("-".to_owned(), "-".to_owned())
            } else {
                let by_law = law::deviation(scheme, NODES, virtual_nodes, KEYS);
                let moved_law = law::moved(scheme, NODES);
                assert!(close(deviation, by_law, 0.15), "{scheme:?} {virtual_nodes}: {deviation} for {by_law}");
                let within = law::moved_within(scheme, NODES, virtual_nodes, KEYS, CLUSTERS);
                assert!(close(moved, moved_law, within), "{scheme:?} {virtual_nodes}: {moved} for {moved_law}");
                (format!("{by_law:.4}"), format!("{moved_law:.4}"))
            };
            println!(
                "| {scheme:?} | {virtual_nodes} | {deviation:.4} | {by_law} | {largest:.2} | {moved:.4} \
                 | {moved_law} | {moved_among_old:.4} |"
            );
            match scheme {
                Scheme::Ring | Scheme::Jump | Scheme::Rendezvous => assert_eq!(moved_among_old, 0.0, "{scheme:?}"),
                Scheme::BoundedLoad => assert!(largest <= 1.25 + 1e-9, "{virtual_nodes}: {largest}"),
                Scheme::Modulo => assert!(moved_among_old > 0.7, "{moved_among_old}"),
            }
            if scheme == Scheme::Ring && virtual_nodes == 1 {
                let law = law::largest_of_one_point(NODES);
                assert!(close(largest, law, 0.15), "{largest} for {law}");
            }
        }
    }
}

/// A wrong law would be found out: what one scheme does another does not.
#[test]
fn a_wrong_law_is_found_out() {
    let ring = measure(&rules(Scheme::Ring, 16));
    let law = |virtual_nodes| law::deviation(Scheme::Ring, NODES, virtual_nodes, KEYS);
    assert!(!close(ring.deviation, law(8), 0.15) && !close(ring.deviation, law(32), 0.15));
    assert!(!close(ring.deviation, law::deviation(Scheme::Jump, NODES, 16, KEYS), 0.15));
    assert!(!close(ring.moved, law::moved(Scheme::Modulo, NODES), 0.15));
    assert!(!close(ring.moved, law::moved(Scheme::Ring, NODES + 2), 0.15));
}
