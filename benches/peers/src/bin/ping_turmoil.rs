//! The ping workload of `cargo bench --bench engine` on turmoil 0.7: five hosts that throw balls at each other over
//! UDP, one in a hundred lost, 1 to 10 ms each (turmoil's latency is exponential; the curve gives it the same mean).
//! A tick is 1 ms, the default.
//!
//! `ping_turmoil THRESHOLD DELIVERIES` prints how many balls were delivered, and in how many seconds.

use rand_chacha_0_9::ChaCha8Rng;
use rand_chacha_0_9::rand_core::{RngCore, SeedableRng};
use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};
use turmoil::net::UdpSocket;

const NODES: usize = 5;
const PORT: u16 = 7000;

struct Thrower {
    place: usize,
    sum: u64,
    draws: ChaCha8Rng,
    socket: UdpSocket,
    addresses: Vec<SocketAddr>,
}

impl Thrower {
    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.draws.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    async fn throw(&mut self, hops: u64) -> std::io::Result<()> {
        let peer = self.below(NODES as u64 - 1) as usize;
        let to = peer + usize::from(peer >= self.place);
        // turmoil's own `fail_rate` would clear what is on its way, so the ball is lost here.
        if self.draws.next_u64() >= u64::MAX / 100 {
            let ball = [self.sum.to_le_bytes(), hops.to_le_bytes()].concat();
            self.socket.send_to(&ball, self.addresses[to]).await?;
        }
        Ok(())
    }
}

async fn play(place: usize, threshold: u64, delivered: Rc<Cell<u64>>) -> turmoil::Result {
    let socket = UdpSocket::bind((IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT)).await?;
    let addresses = (0..NODES).map(|peer| (turmoil::lookup(format!("n{peer}")), PORT).into()).collect();
    let draws = ChaCha8Rng::seed_from_u64(place as u64);
    let mut thrower = Thrower { place, sum: place as u64, draws, socket, addresses };
    for _ in 0..(threshold * 5).div_ceil(4).max(1) {
        thrower.throw(0).await?;
    }
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    looks.tick().await;
    let (mut seen, mut ball) = (0, [0; 16]);
    loop {
        tokio::select! {
            biased;
            _ = looks.tick() => {
                for _ in std::mem::take(&mut seen)..threshold {
                    thrower.throw(0).await?;
                }
            }
            received = thrower.socket.recv_from(&mut ball) => {
                received?;
                seen += 1;
                let (sum, hops) = ball.split_at(8);
                thrower.sum ^= u64::from_le_bytes(sum.try_into()?);
                delivered.set(delivered.get() + 1);
                thrower.throw(u64::from_le_bytes(hops.try_into()?) + 1).await?;
            }
        }
    }
}

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).map(|word| word.parse().expect("a number")).collect();
    let [threshold, deliveries] = numbers[..] else { panic!("ping_turmoil THRESHOLD DELIVERIES") };
    let mut simulation = turmoil::Builder::new()
        .rng_seed(1)
        .simulation_duration(Duration::from_secs(10_000_000))
        .tick_duration(Duration::from_millis(1))
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(10))
        .udp_capacity(8192)
        .build();
    simulation.set_message_latency_curve(1.4);
    let delivered = Rc::new(Cell::new(0));
    for place in 0..NODES {
        let delivered = delivered.clone();
        simulation.host(format!("n{place}"), move || play(place, threshold, delivered.clone()));
    }
    let begin = Instant::now();
    while delivered.get() < deliveries {
        simulation.step().expect("a step");
    }
    println!("{} {}", delivered.get(), begin.elapsed().as_secs_f64());
}
