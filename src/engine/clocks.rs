//! The nodes' own clocks: what they read, and how fast they run.

use crate::node::Nanos;

/// A clock, from the moment on at which it was last touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Clock {
    /// When, by the true time.
    since: Nanos,
    /// What it read then.
    reads: Nanos,
    /// How fast it runs, in millionths of the true speed.
    rate: u64,
}

const MILLION: u64 = 1_000_000;
/// A time that never comes.
pub(in crate::engine) const NEVER: Nanos = Nanos(u64::MAX);

impl Clock {
    /// A clock that is right.
    pub const TRUE: Clock = Clock { since: Nanos::ZERO, reads: Nanos::ZERO, rate: MILLION };

    /// A clock that is put to `reads` now, and runs so many parts per million too fast.
    pub fn put(now: Nanos, reads: Nanos, ppm: i64) -> Self {
        Clock { since: now, reads, rate: (MILLION as i64).saturating_add(ppm).max(0) as u64 }
    }

    /// What it reads.
    #[inline]
    pub fn read(self, now: Nanos) -> Nanos {
        let passed = now.saturating_sub(self.since);
        if self.rate == MILLION {
            return self.reads + passed;
        }
        let passed = u128::from(passed.0) * u128::from(self.rate) / u128::from(MILLION);
        self.reads + Nanos(u64::try_from(passed).unwrap_or(u64::MAX))
    }

    /// When, by the true time, it will read at least this, and not before `now`; [`NEVER`] where it stands still.
    pub fn when(self, reads: Nanos, now: Nanos) -> Nanos {
        let missing = reads.saturating_sub(self.read(now));
        if missing == Nanos::ZERO {
            return now;
        }
        self.after(now, missing)
    }

    /// When so much time will have passed by this clock.
    #[inline]
    pub fn after(self, now: Nanos, length: Nanos) -> Nanos {
        if self.rate == MILLION {
            return now + length;
        }
        if self.rate == 0 {
            return if length == Nanos::ZERO { now } else { NEVER };
        }
        let takes = (u128::from(length.0) * u128::from(MILLION)).div_ceil(u128::from(self.rate));
        now + Nanos(u64::try_from(takes).unwrap_or(u64::MAX))
    }

    /// By how much it runs too fast, in parts per million.
    pub fn ppm(self) -> i64 {
        self.rate as i64 - MILLION as i64
    }

    /// Whether it reads the true time, and runs at the true speed.
    pub fn is_true(self) -> bool {
        self.rate == MILLION && self.reads == self.since
    }
}

/// What is wrong with a node's clock: sums, so that faults may overlap.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Wrong {
    pub clock: Clock,
    drift: i64,
    frozen: u32,
}

impl Wrong {
    /// Nothing.
    pub const NOTHING: Wrong = Wrong { clock: Clock::TRUE, drift: 0, frozen: 0 };

    /// The clock is put forward, or back where `by` is negative; never before the beginning of time.
    pub fn shift(&mut self, now: Nanos, by: i64) {
        let reads = self.clock.read(now).0.saturating_add_signed(by);
        self.touch(now, Nanos(reads));
    }

    /// The clock runs faster by so many parts per million.
    pub fn drift(&mut self, now: Nanos, ppm: i64) {
        self.drift += ppm;
        self.touch(now, self.clock.read(now));
    }

    /// One more, or one less, reason to stand still.
    pub fn freeze(&mut self, now: Nanos, stands: bool) {
        self.frozen = if stands { self.frozen + 1 } else { self.frozen.saturating_sub(1) };
        self.touch(now, self.clock.read(now));
    }

    fn touch(&mut self, now: Nanos, reads: Nanos) {
        // Drifts that add up to a standstill, or to more, leave a millionth of the speed: only a freeze stops a clock.
        let ppm = if self.frozen > 0 { -(MILLION as i64) } else { self.drift.max(1 - MILLION as i64) };
        self.clock = Clock::put(now, reads, ppm);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_reads_what_its_speed_makes_of_the_time() {
        let mut wrong = Wrong::NOTHING;
        assert!(wrong.clock.is_true());
        wrong.drift(Nanos(1000), 500_000);
        assert_eq!((wrong.clock.read(Nanos(1000)), wrong.clock.read(Nanos(3000))), (Nanos(1000), Nanos(4000)));
        wrong.freeze(Nanos(3000), true);
        assert_eq!(wrong.clock.read(Nanos(9000)), Nanos(4000));
        assert_eq!(wrong.clock.after(Nanos(9000), Nanos(1)), NEVER);
        wrong.freeze(Nanos(9000), false);
        wrong.drift(Nanos(9000), -500_000);
        assert_eq!(wrong.clock.read(Nanos(10_000)), Nanos(5000));
        wrong.shift(Nanos(10_000), 5000);
        assert!(wrong.clock.is_true());
        wrong.shift(Nanos(10_000), -20_000);
        assert_eq!(wrong.clock.read(Nanos(10_001)), Nanos(1), "no clock reads less than nothing");
    }

    #[test]
    fn a_clock_reads_a_time_when_it_is_said_to() {
        for ppm in [-999_999, -300_000, -1, 0, 1, 200, 700_001] {
            let clock = Clock::put(Nanos(77), Nanos(1_000_003), ppm);
            for reads in [1_000_003, 1_000_004, 1_234_567, 99_999_999] {
                let when = clock.when(Nanos(reads), Nanos(77));
                assert!(clock.read(when) >= Nanos(reads), "{ppm} {reads}");
                assert!(when == Nanos(77) || clock.read(when - Nanos(1)) < Nanos(reads), "{ppm} {reads}: not earlier");
            }
        }
    }
}
