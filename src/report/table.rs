//! Small things that all texts share: columns, numbers, durations.

use crate::node::Nanos;

/// A whole number with thousands set apart: `48,211`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A duration to three digits, as people read it: `12.3ms`, `1.04s`.
pub fn short(time: Nanos) -> String {
    let (unit, size) = match time.0 {
        0..1_000 => return format!("{}ns", time.0),
        1_000..1_000_000 => ("us", 1_000),
        1_000_000..1_000_000_000 => ("ms", 1_000_000),
        1_000_000_000.. => ("s", 1_000_000_000),
    };
    let (whole, rest) = (time.0 / size, time.0 % size);
    match whole {
        0..10 => format!("{whole}.{:02}{unit}", rest * 100 / size),
        10..100 => format!("{whole}.{}{unit}", rest * 10 / size),
        100.. => format!("{}{unit}", number(whole)),
    }
}

/// Lines of cells in columns: the first flush left, the others flush right, two spaces between.
pub fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let width = widths[column];
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// `1 node`, `5 nodes`.
pub fn count(count: u64, what: &str) -> String {
    format!("{} {what}{}", number(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_durations() {
        assert_eq!([0, 999, 1000, 1234567].map(number), ["0", "999", "1,000", "1,234,567"]);
        let times = [0, 999, 1500, 12_345_678, 999_999_999, 1_040_000_000, 3_600_000_000_000];
        assert_eq!(times.map(|t| short(Nanos(t))), ["0ns", "999ns", "1.50us", "12.3ms", "999ms", "1.04s", "3,600s"]);
    }

    #[test]
    fn columns_line_up() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(columns(&[row(["a", "100"]), row(["long", "2"])]), ["a     100", "long    2"]);
    }
}
