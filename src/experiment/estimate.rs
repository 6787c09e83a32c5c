//! From the samples of a point to a number with an interval.

use crate::experiment::file::Statistic;
use crate::experiment::metric::Sample;
use crate::node::{Purpose, Stream};

/// A number that stands for the samples of a point, with intervals for where it would lie with more seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// The ends of its 95 % interval.
    pub interval: (f64, f64),
    /// The ends of its 99.9 % interval.
    pub wide: (f64, f64),
    /// How many samples it stands for.
    pub samples: usize,
}

/// How many standard deviations of a normal distribution hold 95 % and 99.9 % of it.
const SPREADS: [f64; 2] = [1.959_963_984_540_054, 3.290_526_731_491_925];
/// How often the samples are drawn again for an interval.
const RESAMPLES: usize = 2000;
/// Which of the numbers that come of it, in order, are the ends: 2.5 % and 97.5 %, the 1st and the last of 2,000.
const ENDS: [(usize, usize); 2] = [(49, 1950), (0, 1999)];

/// The number for these samples; none where there was nothing to be measured in any run.
///
/// Shares of runs have Wilson's interval (Wilson 1927), which is right near 0 and 1 too. All else has the interval of
/// numbers that come of drawing whole runs again (the percentile bootstrap, Efron 1979): operations of one run depend
/// on each other, runs do not.
pub fn estimate(samples: &[Sample], statistic: Statistic) -> Option<Estimate> {
    let found: Vec<Sample> = samples.iter().copied().filter(|sample| *sample != Sample::Nothing).collect();
    let value = of_all(found.iter().copied(), statistic)?;
    let count = found.len();
    let of_runs = found.iter().all(|sample| matches!(sample, Sample::Share(_, 1)));
    let [interval, wide] = if of_runs {
        SPREADS.map(|spread| wilson(value, count as f64, spread))
    } else {
        let again = drawn_again(&found, statistic);
        ENDS.map(|(low, high)| (again[low], again[high]))
    };
    Some(Estimate { value, interval, wide, samples: count })
}

/// The number for some samples.
fn of_all(samples: impl Iterator<Item = Sample>, statistic: Statistic) -> Option<f64> {
    let (mut part, mut whole) = (0u128, 0u128);
    let mut amounts = Vec::new();
    for sample in samples {
        match sample {
            Sample::Share(of, all) => {
                part += u128::from(of);
                whole += u128::from(all);
            }
            Sample::Amount(amount) => amounts.push(amount),
            Sample::Nothing => {}
        }
    }
    if whole > 0 {
        return Some(part as f64 / whole as f64);
    }
    match statistic {
        Statistic::Median => {
            amounts.sort_unstable();
            quantile(&amounts, 50).map(|middle| middle as f64)
        }
        Statistic::Mean if amounts.is_empty() => None,
        Statistic::Mean => {
            let sum: u128 = amounts.iter().map(|amount| u128::from(*amount)).sum();
            Some(sum as f64 / amounts.len() as f64)
        }
    }
}

/// What a share of sorted amounts, in percent, does not exceed, by the nearest-rank method.
pub fn quantile(sorted: &[u64], percent: u64) -> Option<u64> {
    let rank = (sorted.len() as u64 * percent).div_ceil(100).max(1);
    sorted.get(rank as usize - 1).copied()
}

/// The ends of Wilson's interval for a share of `count`.
fn wilson(share: f64, count: f64, spread: f64) -> (f64, f64) {
    let square = spread * spread;
    let middle = share + square / (2.0 * count);
    let reach = spread * (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt();
    let whole = 1.0 + square / count;
    // At the ends the sums are 0 and 1 but for rounding.
    let low = if share == 0.0 { 0.0 } else { (middle - reach) / whole };
    let high = if share == 1.0 { 1.0 } else { (middle + reach) / whole };
    (low, high)
}

/// The numbers that come of drawing as many samples again, often, in ascending order.
fn drawn_again(samples: &[Sample], statistic: Statistic) -> Vec<f64> {
    let mut stream = Stream::new(0, Purpose::Resample, samples.len() as u64);
    let count = samples.len() as u64;
    let mut numbers: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| of_all((0..count).map(|_| samples[stream.below(count) as usize]), statistic))
        .collect();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilsons_interval_is_as_published() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (of, all, low, high) in [
            (81.0, 263.0, 0.2553, 0.3662),
            (15.0, 148.0, 0.0624, 0.1605),
            (0.0, 20.0, 0.0, 0.1611),
            (1.0, 29.0, 0.0061, 0.1718),
        ] {
            let (found_low, found_high) = wilson(of / all, all, SPREADS[0]);
            assert!(
                (found_low - low).abs() < 5e-5 && (found_high - high).abs() < 5e-5,
                "{of}: {found_low} {found_high}"
            );
        }
    }

    #[test]
    fn a_share_of_runs_counts_runs() {
        let samples: Vec<Sample> = (0..20).map(|k| Sample::Share(u64::from(k < 5), 1)).collect();
        let found = estimate(&samples, Statistic::Median).unwrap();
        assert_eq!((found.value, found.samples), (0.25, 20));
        assert!(found.interval.0 > 0.1 && found.interval.1 < 0.5, "{found:?}");
        assert!(found.wide.0 < found.interval.0 && found.wide.1 > found.interval.1, "{found:?}");
    }

    #[test]
    fn intervals_hold_what_they_are_about() {
        let samples: Vec<Sample> = (1..=100).map(Sample::Amount).collect();
        let mean = estimate(&samples, Statistic::Mean).unwrap();
        assert_eq!(mean.value, 50.5);
        // The standard error of the mean is 2.9.
        assert!((44.0..46.0).contains(&mean.interval.0) && (55.0..57.0).contains(&mean.interval.1), "{mean:?}");
        let median = estimate(&samples, Statistic::Median).unwrap();
        assert_eq!(median.value, 50.0);
        assert!(estimate(&[Sample::Nothing], Statistic::Mean).is_none());
        assert!(estimate(&[], Statistic::Median).is_none());
    }

    #[test]
    fn operations_of_one_run_are_no_independent_samples() {
        // Ten runs, in five of which everything was done: as uncertain as ten throws of a coin, not as a thousand.
        let samples: Vec<Sample> = (0..10).map(|run| Sample::Share(100 * (run % 2), 100)).collect();
        let found = estimate(&samples, Statistic::Median).unwrap();
        assert_eq!(found.value, 0.5);
        assert!(found.interval.1 - found.interval.0 > 0.4, "{found:?}");
    }
}
