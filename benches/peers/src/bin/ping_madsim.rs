//! The ping workload of `cargo bench --bench engine` on madsim 0.2: five nodes that throw balls at each other, one in a
//! hundred lost, 1 to 10 ms each. A node that sends waits out madsim's own send, as programs on it do.
//!
//! `ping_madsim THRESHOLD DELIVERIES` prints how many balls were delivered, and in how many seconds.

use madsim::Config;
use madsim::net::Endpoint;
use madsim::runtime::Runtime;
use madsim::time::sleep;
use rand_chacha_0_9::ChaCha8Rng;
use rand_chacha_0_9::rand_core::{RngCore, SeedableRng};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const NODES: u8 = 5;
const LOOK: Duration = Duration::from_millis(20);
/// Balls are all that is sent.
const TAG: u64 = 1;
const NETWORK: &str = "[net]
packet_loss_rate = 0.01
send_latency = { start = { secs = 0, nanos = 1000000 }, end = { secs = 0, nanos = 10000000 } }
[tcp]
";

struct Thrower {
    place: u8,
    sum: u64,
    draws: ChaCha8Rng,
    endpoint: Arc<Endpoint>,
}

fn address(place: u8) -> SocketAddr {
    (IpAddr::V4(Ipv4Addr::new(10, 0, 0, place + 1)), 7000).into()
}

impl Thrower {
    async fn throw(&mut self, hops: u64) {
        let peer = ((u128::from(self.draws.next_u64()) * u128::from(NODES - 1)) >> 64) as u8;
        let to = peer + u8::from(peer >= self.place);
        let ball = [self.sum.to_le_bytes(), hops.to_le_bytes()].concat();
        self.endpoint.send_to(address(to), TAG, &ball).await.expect("the network takes what it is given");
    }
}

/// Every 20 ms a node looks at how many balls came, and throws as many as it misses.
async fn look(mut thrower: Thrower, threshold: u64, seen: Arc<AtomicU64>) {
    loop {
        sleep(LOOK).await;
        for _ in seen.swap(0, Ordering::Relaxed)..threshold {
            thrower.throw(0).await;
        }
    }
}

async fn play(place: u8, threshold: u64, delivered: Arc<AtomicU64>) {
    let endpoint = Arc::new(Endpoint::bind(address(place)).await.expect("the address is the node's own"));
    // Until all are bound.
    sleep(Duration::from_millis(1)).await;
    let thrower = |seed: u8| Thrower {
        place,
        sum: u64::from(place),
        draws: ChaCha8Rng::seed_from_u64(u64::from(seed)),
        endpoint: endpoint.clone(),
    };
    let mut own = thrower(place);
    for _ in 0..(threshold * 5).div_ceil(4).max(1) {
        own.throw(0).await;
    }
    let seen = Arc::new(AtomicU64::new(0));
    madsim::task::spawn(look(thrower(NODES + place), threshold, seen.clone()));
    let mut ball = [0; 16];
    loop {
        endpoint.recv_from(TAG, &mut ball).await.expect("a ball");
        seen.fetch_add(1, Ordering::Relaxed);
        let (sum, hops) = ball.split_at(8);
        own.sum ^= u64::from_le_bytes(sum.try_into().expect("eight bytes"));
        delivered.fetch_add(1, Ordering::Relaxed);
        own.throw(u64::from_le_bytes(hops.try_into().expect("eight bytes")) + 1).await;
    }
}

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).map(|word| word.parse().expect("a number")).collect();
    let [threshold, deliveries] = numbers[..] else { panic!("ping_madsim THRESHOLD DELIVERIES") };
    let config: Config = NETWORK.parse().expect("a configuration");
    let runtime = Runtime::with_seed_and_config(1, config);
    let delivered = Arc::new(AtomicU64::new(0));
    for place in 0..NODES {
        let node = runtime.create_node().ip(address(place).ip()).build();
        node.spawn(play(place, threshold, delivered.clone()));
    }
    // The clock is read outside: inside, madsim answers with the time that it simulates.
    let begin = Instant::now();
    let counted = delivered.clone();
    runtime.block_on(async move {
        while counted.load(Ordering::Relaxed) < deliveries {
            sleep(Duration::from_millis(100)).await;
        }
    });
    println!("{} {}", delivered.load(Ordering::Relaxed), begin.elapsed().as_secs_f64());
}
