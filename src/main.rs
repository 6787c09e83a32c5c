//! The command line of splitbrain, with the protocols that ship with it.

fn main() -> std::process::ExitCode {
    splitbrain::main(&[])
}
