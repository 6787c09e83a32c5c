//! How long messages take: what a scenario says, and the integer tables that it becomes.

use crate::node::{Nanos, Span, within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How long a message takes, one way. Every parameter is a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Latency {
    /// Always the same.
    Constant(Nanos),
    /// Every length in the interval is equally likely.
    Uniform(Span),
    /// A bell around the mean; what would be below nothing takes no time.
    Normal(Normal),
    /// A normal distribution of the logarithm: a bell with a long tail, as round trips through real networks have.
    LogNormal(LogNormal),
    /// The time until something happens that is equally likely at every moment.
    Exponential(Exponential),
    /// A power law: a few messages take very long.
    Pareto(Pareto),
}

/// A normal distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Normal {
    /// The mean, before what lies below nothing is cut off.
    pub mean: Nanos,
    /// The standard deviation.
    pub deviation: Nanos,
    /// Nothing takes longer. Without it, the one in a million that is longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Nanos>,
}

/// A log-normal distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogNormal {
    /// Half of all messages take no longer.
    pub median: Nanos,
    /// 99 of 100 messages take no longer.
    pub p99: Nanos,
    /// Nothing takes longer. Without it, the one in a million that is longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Nanos>,
}

/// An exponential distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exponential {
    /// Nothing is faster.
    #[serde(default)]
    pub min: Nanos,
    /// The mean, `min` included.
    pub mean: Nanos,
    /// Nothing takes longer. Without it, the one in a million that is longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Nanos>,
}

/// A Pareto distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pareto {
    /// Nothing is faster.
    pub min: Nanos,
    /// 99 of 100 messages take no longer.
    pub p99: Nanos,
    /// Nothing takes longer. Without it, the one in a million that is longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Nanos>,
}

impl Latency {
    /// Whether its parameters describe a distribution.
    ///
    /// # Errors
    /// The key that is wrong, and what is allowed.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let ends = |key, max: Option<Nanos>, min: Nanos, what: &str| match max {
            Some(max) if max < min => Err((key, format!("{max} is below {what}, {min}"))),
            Some(_) | None => Ok(()),
        };
        match self {
            Latency::Constant(_) | Latency::Uniform(_) => Ok(()),
            Latency::Normal(normal) => ends("normal.max", normal.max, normal.mean, "the mean"),
            Latency::LogNormal(normal) if normal.median == Nanos::ZERO => {
                Err(("log-normal.median", "0s has no logarithm: it must be longer".to_owned()))
            }
            Latency::LogNormal(normal) if normal.p99 < normal.median => {
                let (p99, median) = (normal.p99, normal.median);
                Err(("log-normal.p99", format!("{p99} is below the median, {median}")))
            }
            Latency::LogNormal(normal) => ends("log-normal.max", normal.max, normal.median, "the median"),
            Latency::Exponential(exponential) if exponential.mean < exponential.min => {
                let (mean, min) = (exponential.mean, exponential.min);
                Err(("exponential.mean", format!("{mean} is below the minimum, {min}")))
            }
            Latency::Exponential(exponential) => {
                ends("exponential.max", exponential.max, exponential.min, "the minimum")
            }
            Latency::Pareto(pareto) if pareto.min == Nanos::ZERO => {
                Err(("pareto.min", "0s has no multiples: it must be longer".to_owned()))
            }
            Latency::Pareto(pareto) if pareto.p99 <= pareto.min => {
                Err(("pareto.p99", format!("{} is not above the minimum, {}", pareto.p99, pareto.min)))
            }
            Latency::Pareto(pareto) => ends("pareto.max", pareto.max, pareto.min, "the minimum"),
        }
    }
}

/// A distribution from which latencies are drawn, one word each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Draw {
    /// Always the same.
    Constant(Nanos),
    /// Every length in the interval is equally likely.
    Uniform(Span),
    /// As a table says.
    Table(Arc<Quantiles>),
}

impl Draw {
    /// The latency that a random word stands for.
    #[inline(always)]
    pub fn draw(&self, word: u64) -> Nanos {
        match self {
            Draw::Constant(exactly) => *exactly,
            Draw::Uniform(span) => within(word, *span),
            Draw::Table(quantiles) => quantiles.at(word),
        }
    }

    /// The longest latency that can be drawn.
    pub fn max(&self) -> Nanos {
        match self {
            Draw::Constant(exactly) => *exactly,
            Draw::Uniform(span) => span.max,
            Draw::Table(quantiles) => quantiles.at(u64::MAX),
        }
    }
}

/// Into how many equal parts of probability a table cuts the whole, and then the last of these once more.
pub const CELLS: usize = 1024;
const CELL_BITS: u32 = 10;

/// The quantiles of a distribution, in nanoseconds, between which it is taken to be a straight line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantiles {
    /// Of `0/CELLS` to `(CELLS - 1)/CELLS`, and a last one that is not used.
    body: Vec<u64>,
    /// The last part, cut into as many.
    tail: Vec<u64>,
}

impl Quantiles {
    /// From the quantiles of `k/CELLS` for k from 0 to `CELLS`, and those of the last part cut into as many. Neither
    /// may decrease.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn new(body: Vec<u64>, tail: Vec<u64>) -> Self {
        assert!(body.len() == CELLS + 1 && tail.len() == CELLS + 1, "a table has {CELLS} cells");
        Quantiles { body, tail }
    }

    /// The quantile that a random word stands for: ten bits choose the cell, the rest the place in it.
    #[inline(never)]
    pub fn at(&self, word: u64) -> Nanos {
        let cell = (word >> (64 - CELL_BITS)) as usize;
        if cell < CELLS - 1 {
            return between(&self.body, cell, word << CELL_BITS);
        }
        let word = word << CELL_BITS;
        between(&self.tail, (word >> (64 - CELL_BITS)) as usize, word << CELL_BITS)
    }
}

#[inline]
fn between(table: &[u64], cell: usize, place: u64) -> Nanos {
    let (low, high) = (table[cell], table[cell + 1]);
    Nanos(low + ((u128::from(high - low) * u128::from(place)) >> 64) as u64)
}
