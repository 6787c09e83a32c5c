//! Running the peers in `benches/peers`, a crate of its own that is built on demand.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the peers' programs, built now, where the network or a cache lets it.
pub fn build() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    let built = Command::new(env!("CARGO")).args(["build", "--release", "--quiet"]).current_dir(&folder).status();
    assert!(built.expect("cargo runs").success(), "benches/peers could not be built");
    folder.join("target/release")
}

/// The numbers that a peer prints.
pub fn run(program: &Path, args: [u64; 2]) -> Vec<f64> {
    let output = Command::new(program).args(args.map(|number| number.to_string())).output().expect("the peer runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    printed.split_whitespace().map(|word| word.parse().expect("a peer prints numbers")).collect()
}

/// The one in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
