//! Floor 2: histories judged. What clients saw is the judge that no protocol can fool.

pub mod weak;
