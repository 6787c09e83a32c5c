//! The ping workload of `cargo bench --bench engine` on nexosim 1.0, one thread: five models that throw balls at each
//! other, one in a hundred lost, 1 to 10 ms each. nexosim has no network: a ball that flies is an event that its
//! thrower schedules for itself.
//!
//! `ping_nexosim THRESHOLD DELIVERIES` prints how many balls were delivered, and in how many seconds.

use nexosim::Message;
use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::Output;
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use rand_chacha_0_9::ChaCha8Rng;
use rand_chacha_0_9::rand_core::{RngCore, SeedableRng};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const NODES: usize = 5;
const LOOK: Duration = Duration::from_millis(20);

static DELIVERED: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Copy, Message, Serialize, Deserialize)]
struct Ball {
    sum: u64,
    hops: u64,
}

#[derive(Serialize, Deserialize)]
struct Node {
    links: Vec<Output<Ball>>,
    place: usize,
    threshold: u64,
    seen: u64,
    sum: u64,
    draws: ChaCha8Rng,
}

#[Model]
impl Node {
    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.draws.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    fn throw(&mut self, hops: u64, cx: &Context<Self>) {
        let peer = self.below(NODES as u64 - 1) as usize;
        let to = peer + usize::from(peer >= self.place);
        if self.draws.next_u64() < u64::MAX / 100 {
            return;
        }
        let takes = Duration::from_nanos(1_000_000 + self.below(9_000_000));
        let ball = Ball { sum: self.sum, hops };
        cx.schedule_event(takes, schedulable!(Self::lands), (to as u32, ball)).expect("the future is ahead");
    }

    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        for _ in 0..(self.threshold * 5).div_ceil(4).max(1) {
            self.throw(0, cx);
        }
        cx.schedule_periodic_event(LOOK, LOOK, schedulable!(Self::look), ()).expect("the future is ahead");
    }

    #[nexosim(schedulable)]
    async fn lands(&mut self, (to, ball): (u32, Ball)) {
        self.links[to as usize].send(ball).await;
    }

    #[nexosim(schedulable)]
    async fn look(&mut self, (): (), cx: &Context<Self>) {
        for _ in std::mem::take(&mut self.seen)..self.threshold {
            self.throw(0, cx);
        }
    }

    async fn take(&mut self, ball: Ball, cx: &Context<Self>) {
        self.seen += 1;
        self.sum ^= ball.sum;
        DELIVERED.fetch_add(1, Ordering::Relaxed);
        self.throw(ball.hops + 1, cx);
    }
}

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).map(|word| word.parse().expect("a number")).collect();
    let [threshold, deliveries] = numbers[..] else { panic!("ping_nexosim THRESHOLD DELIVERIES") };
    let mailboxes: Vec<Mailbox<Node>> = (0..NODES).map(|_| Mailbox::new()).collect();
    let mut init = SimInit::with_num_threads(1);
    let nodes: Vec<Node> = (0..NODES)
        .map(|place| {
            let mut links: Vec<Output<Ball>> = (0..NODES).map(|_| Output::default()).collect();
            for (peer, link) in links.iter_mut().enumerate().filter(|(peer, _)| *peer != place) {
                link.connect(Node::take, &mailboxes[peer]);
            }
            let draws = ChaCha8Rng::seed_from_u64(place as u64);
            Node { links, place, threshold, seen: 0, sum: 0, draws }
        })
        .collect();
    for (place, (node, mailbox)) in nodes.into_iter().zip(mailboxes).enumerate() {
        init = init.add_model(node, mailbox, &format!("n{}", place + 1));
    }
    let mut simulation = init.init(MonotonicTime::EPOCH).expect("a simulation in order");
    let begin = Instant::now();
    while DELIVERED.load(Ordering::Relaxed) < deliveries {
        simulation.step().expect("a step");
    }
    println!("{} {}", DELIVERED.load(Ordering::Relaxed), begin.elapsed().as_secs_f64());
}
