//! A panic in a node is a finding, not a crash of the tool: where it is caught, and what is printed of it.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

thread_local! {
    /// Whether this thread runs a simulation, whose panics are findings and said there.
    static SIMULATING: Cell<bool> = const { Cell::new(false) };
    /// What the last panic of a simulation would have printed.
    static UNPRINTED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on a panic inside a simulation is not printed: it is a finding, and reported as one. Other panics are
/// printed as before.
pub fn quiet_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if SIMULATING.get() {
            UNPRINTED.set(Some(info.to_string()));
        } else {
            before(info);
        }
    }));
}

/// Goes on with a panic that is the engine's own, and says what was not printed.
pub(in crate::engine) fn own_panic(panic: Box<dyn Any + Send>) -> ! {
    if let Some(unprinted) = UNPRINTED.take() {
        eprintln!("{unprinted}");
    }
    resume_unwind(panic)
}

/// Runs `simulation` as one whose panics are caught.
pub(crate) fn catch_panic<T>(simulation: impl FnOnce() -> T) -> Result<T, Box<dyn Any + Send>> {
    let outer = SIMULATING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(simulation));
    SIMULATING.set(outer);
    result
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no message)")
}
