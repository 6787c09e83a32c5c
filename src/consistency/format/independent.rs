//! Many objects in one history, as `jepsen.independent` keeps them: the value of each event is a key and a value.
//!
//! It shows in what reads ask, `[key nil]`; where nothing is read, in what is asked to be swapped, `[key [old new]]`.

use crate::consistency::history::{Event, Kind, Value};

/// Takes the values of `read`, `write` and `cas` apart where they are a key and a value.
pub fn take_apart(events: &mut [Event]) {
    let plain = |event: &Event| event.key.is_none() && matches!(event.f.as_str(), "read" | "write" | "cas");
    let asks_of_key = |event: &Event| match (event.f.as_str(), event.value.list()) {
        ("read", Some([_, inner])) => *inner == Value::Nil,
        ("write", Some([key, _])) => key.list().is_none(),
        ("cas", Some([key, Value::List(inner)])) => key.list().is_none() && inner.len() == 2,
        _ => false,
    };
    let asked = || events.iter().filter(|event| event.kind == Kind::Invoke && plain(event));
    let apart = match asked().any(|event| event.f == "read") {
        true => asked().any(|event| event.f == "read" && asks_of_key(event)),
        false => asked().any(|event| event.f == "cas") && asked().all(asks_of_key),
    };
    if !apart {
        return;
    }
    for event in events.iter_mut().filter(|event| plain(event)) {
        if let Value::List(pair) = &event.value
            && let [key, inner] = pair.as_slice()
        {
            (event.key, event.value) = (Some(key.clone()), inner.clone());
        }
    }
}
