//! Tables of quantiles, built when a scenario is loaded. This is where floats are: from here on all is integers.
//!
//! `libm` computes the same bits on every platform, which the standard library's `ln` and `exp` need not.

use crate::engine::latency::{CELLS, Draw, Exponential, Latency, LogNormal, Normal, Pareto, Quantiles};
use crate::node::Nanos;
use std::sync::{Arc, LazyLock};

/// The share of draws below which the tail is cut: all but about one in a million.
const LAST: f64 = 1.0 - 1.0 / (CELLS * CELLS) as f64;

/// The distribution that a scenario describes, ready to be drawn from.
pub fn resolve(latency: &Latency) -> Draw {
    match latency {
        Latency::Constant(exactly) => Draw::Constant(*exactly),
        Latency::Uniform(span) => Draw::Uniform(*span),
        Latency::Normal(Normal { mean, deviation, max }) => {
            table(*max, |p, z| nanos(*mean) + nanos(*deviation) * z.unwrap_or_else(|| deviate(p)))
        }
        Latency::LogNormal(LogNormal { median, p99, max }) => {
            // ln(p99 / median) lies as many deviations above the mean of the logarithm as 99 % of a normal do.
            let sigma = libm::log(nanos(*p99) / nanos(*median)) / deviate(0.99);
            table(*max, |p, z| nanos(*median) * libm::exp(sigma * z.unwrap_or_else(|| deviate(p))))
        }
        Latency::Exponential(Exponential { min, mean, max }) => {
            let beyond = nanos(*mean) - nanos(*min);
            table(*max, |p, _| nanos(*min) - beyond * libm::log1p(-p))
        }
        Latency::Pareto(Pareto { min, p99, max }) => {
            // (min / p99)^alpha is the share of messages that take longer than p99.
            let alpha = libm::log(100.0) / libm::log(nanos(*p99) / nanos(*min));
            table(*max, |p, _| nanos(*min) * libm::pow(1.0 - p, -1.0 / alpha))
        }
    }
}

fn nanos(time: Nanos) -> f64 {
    time.0 as f64
}

/// A table from the quantile function, which is told a share and, where it is known, the normal deviate of that share.
fn table(max: Option<Nanos>, quantile: impl Fn(f64, Option<f64>) -> f64) -> Draw {
    let longest = max.map_or(f64::MAX, nanos);
    let whole = |value: f64| {
        let value = libm::round(value.min(longest).max(0.0));
        // Saturates at the longest time there is.
        value as u64
    };
    let at = |place: &(f64, f64)| whole(quantile(place.0, Some(place.1)));
    let places = &*PLACES;
    Draw::Table(Arc::new(Quantiles::new(places.body.iter().map(at).collect(), places.tail.iter().map(at).collect())))
}

/// The shares that tables have entries for, with their normal deviates, which take long to compute.
struct Places {
    body: Vec<(f64, f64)>,
    tail: Vec<(f64, f64)>,
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let cells = CELLS as f64;
    let first = 1.0 / (cells * cells);
    let with_deviate = |p: f64| {
        // The least deviate is as rare as the greatest one.
        (p.min(LAST), deviate(p.clamp(first, LAST)))
    };
    let last_cell = 1.0 - 1.0 / cells;
    Places {
        body: (0..=CELLS).map(|k| with_deviate(k as f64 / cells)).collect(),
        tail: (0..=CELLS).map(|k| with_deviate(last_cell + k as f64 / (cells * cells))).collect(),
    }
});

/// The normal deviate: the number of standard deviations below which a share `p` of a normal distribution lies. By
/// bisection on the complementary error function, which is exact enough and cannot go wrong.
fn deviate(p: f64) -> f64 {
    let below = |z: f64| 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
    let (mut low, mut high) = (-10.0, 10.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if below(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Purpose, Stream};

    fn ms(count: u64) -> Nanos {
        Nanos::from_millis(count)
    }

    fn all() -> Vec<(&'static str, Latency, f64)> {
        vec![
            ("normal", Latency::Normal(Normal { mean: ms(50), deviation: ms(5), max: None }), 50e6),
            // The mean is the median times e^(sigma^2 / 2).
            (
                "log-normal",
                Latency::LogNormal(LogNormal { median: ms(10), p99: ms(40), max: None }),
                10e6 * libm::exp(0.5 * libm::pow(libm::log(4.0) / 2.326_347_874, 2.0)),
            ),
            ("exponential", Latency::Exponential(Exponential { min: ms(2), mean: ms(12), max: None }), 12e6),
            // The mean is alpha / (alpha - 1) times the minimum.
            ("pareto", Latency::Pareto(Pareto { min: ms(1), p99: ms(5), max: None }), {
                let alpha = libm::log(100.0) / libm::log(5.0);
                1e6 * alpha / (alpha - 1.0)
            }),
        ]
    }

    #[test]
    fn means_are_what_theory_says() {
        for (name, latency, mean) in all() {
            let draw = resolve(&latency);
            let mut stream = Stream::new(1, Purpose::Link, 0);
            let count = 400_000;
            let sum: u64 = (0..count).map(|_| draw.draw(stream.next_word()).0).sum();
            let found = sum as f64 / f64::from(count);
            assert!((found / mean - 1.0).abs() < 0.01, "{name}: {found} instead of {mean}");
        }
    }

    #[test]
    fn quantiles_are_what_was_asked_for() {
        let share = |p: f64| (p * 18_446_744_073_709_551_616.0) as u64;
        let near = |found: Nanos, wanted: Nanos, what: &str| {
            let off = found.0.abs_diff(wanted.0) * 1000 / wanted.0;
            assert!(off <= 5, "{what}: {found} instead of {wanted}");
        };
        let of = |name: &str| resolve(&all().into_iter().find(|(n, ..)| *n == name).unwrap().1);
        near(of("log-normal").draw(share(0.5)), ms(10), "the median");
        near(of("log-normal").draw(share(0.99)), ms(40), "99 %");
        near(of("pareto").draw(share(0.99)), ms(5), "99 %");
        near(of("exponential").draw(share(0.5)), Nanos(2_000_000 + 6_931_472), "the median");
        near(of("normal").draw(share(0.841_344_746)), ms(55), "one deviation above the mean");
        near(of("normal").draw(share(0.022_750_132)), ms(40), "two deviations below the mean");
    }

    #[test]
    fn no_draw_is_below_the_least_or_above_the_most() {
        for (name, latency, _) in all() {
            let draw = resolve(&latency);
            let mut last = Nanos::ZERO;
            for step in 0..100_000u64 {
                let now = draw.draw(step * (u64::MAX / 100_000));
                assert!(now >= last, "{name} decreases");
                last = now;
            }
            assert!(draw.max() >= last);
        }
        let cut = resolve(&Latency::Pareto(Pareto { min: ms(1), p99: ms(500), max: Some(ms(600)) }));
        assert_eq!((cut.draw(0), cut.draw(u64::MAX), cut.max()), (ms(1), ms(600), ms(600)));
        let constant = resolve(&Latency::LogNormal(LogNormal { median: ms(3), p99: ms(3), max: None }));
        assert_eq!((constant.draw(0), constant.draw(u64::MAX)), (ms(3), ms(3)));
    }

    /// Pinned: these tables decide every recorded run with such a latency, on every platform.
    #[test]
    fn tables_are_pinned() {
        let words = [0, 1 << 62, 3 << 62, u64::MAX - (1 << 50), u64::MAX];
        let found: Vec<Vec<u64>> =
            all().iter().map(|(_, latency, _)| words.map(|word| resolve(latency).draw(word).0).to_vec()).collect();
        let pinned: [[u64; 5]; 4] = [
            [26184995, 46627551, 53372449, 69209652, 73815005],
            [585239, 6690240, 14947146, 98694642, 170870483],
            [2000000, 4876821, 15862944, 99040604, 140629436],
            [1000000, 1105769, 1623345, 29708214, 127089413],
        ];
        assert_eq!(found, pinned.map(|row| row.to_vec()));
    }
}
