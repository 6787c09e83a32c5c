//! Axes: places for ticks, and what stands there. Logarithms are taken here, through a library that gives the same
//! bits on every platform.

use crate::report::chart::picture::Ruler;

/// A value as an axis shows it: at most four digits, no zeros at the end.
pub fn short(value: f64) -> String {
    let magnitude = value.abs();
    let digits = if magnitude >= 100.0 || magnitude == 0.0 {
        0
    } else if magnitude >= 10.0 {
        1
    } else if magnitude >= 1.0 {
        2
    } else if magnitude >= 0.01 {
        3
    } else {
        5
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let whole = text.trim_start_matches('-');
    // Thousands are set apart.
    if whole.len() > 4 && whole.bytes().all(|byte| byte.is_ascii_digit()) {
        let mut grouped = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        return if text.starts_with('-') { format!("-{grouped}") } else { grouped };
    }
    text.to_owned()
}

/// A share in percent.
pub fn percent(share: f64) -> String {
    format!("{} %", short(share * 100.0))
}

/// An axis from 0 to a round number above `highest`, with about five ticks.
pub fn linear(title: String, highest: f64, show: impl Fn(f64) -> String) -> Ruler {
    let highest = if highest > 0.0 { highest } else { 1.0 };
    let step = round_step(highest / 5.0);
    let count = (highest / step - 1e-9).ceil().max(1.0) as u32;
    let ticks = (0..=count).map(|k| f64::from(k) * step).map(|place| (place, show(place))).collect();
    Ruler { title, low: 0.0, high: f64::from(count) * step, ticks }
}

/// An axis of whole numbers from 0 on.
pub fn whole(title: String, highest: f64) -> Ruler {
    let ruler = linear(title, highest, short);
    if ruler.high > 12.0 {
        return ruler;
    }
    let high = highest.ceil().max(1.0);
    let ticks = (0..=high as u32).map(|place| (f64::from(place), place.to_string())).collect();
    Ruler { high, ticks, ..ruler }
}

/// 1, 2 or 5 times a power of ten, and no less than `least`.
fn round_step(least: f64) -> f64 {
    let mut power = 1.0;
    while power > least {
        power /= 10.0;
    }
    while power * 10.0 <= least {
        power *= 10.0;
    }
    let steps = [1.0, 2.0, 5.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

/// Where a value stands on a logarithmic axis.
pub fn logarithm(value: f64) -> f64 {
    libm::log10(value)
}

/// A logarithmic axis around `lowest` and `highest`, with a tick at each power of ten, or more where there are few.
pub fn logarithmic(title: String, lowest: f64, highest: f64, show: impl Fn(f64) -> String) -> Ruler {
    let (low, high) = (logarithm(lowest).floor(), logarithm(highest).ceil());
    let high = if high <= low { low + 1.0 } else { high };
    let factors: &[f64] = if high - low <= 2.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let mut ticks = Vec::new();
    let mut power = low;
    while power <= high {
        for factor in factors {
            let place = power + logarithm(*factor);
            if place <= high + 1e-9 {
                ticks.push((place, show(libm::pow(10.0, power) * factor)));
            }
        }
        power += 1.0;
    }
    Ruler { title, low, high, ticks }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        let shown =
            |highest| linear(String::new(), highest, short).ticks.into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(shown(1.0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(shown(4.0), ["0", "1", "2", "3", "4"]);
        assert_eq!(shown(37.0), ["0", "10", "20", "30", "40"]);
        assert_eq!(shown(0.0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(shown(26000.0), ["0", "10,000", "20,000", "30,000"]);
    }

    #[test]
    fn logarithmic_axes_have_a_tick_at_each_power() {
        let ruler = logarithmic(String::new(), 3.0, 4000.0, short);
        let ticks: Vec<_> = ruler.ticks.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!((ruler.low, ruler.high), (0.0, 4.0));
        assert_eq!(ticks, ["1", "10", "100", "1000", "10,000"]);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.0, 0.5, 1.0, 12.34, 123.4, 1234567.0].map(short), ["0", "0.5", "1", "12.3", "123", "1,234,567"]);
        assert_eq!(percent(0.975), "97.5 %");
    }
}
