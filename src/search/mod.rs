//! Floor 4: many runs. A sweep over seeds, and the search of every interleaving. Threads live here and nowhere below.

pub mod explore;
pub mod sweep;
