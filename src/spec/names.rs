//! Errors about names: what there is, and what was probably meant.

/// The allowed name that is most like what was found, if any is much like it.
pub fn nearest<'a>(found: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let likeness = |name: &str| strsim::jaro_winkler(found, name);
    let best = allowed.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.8).then_some(best)
}

/// `there is no fact `Electd`, expected one of …; did you mean `Elected`?`
pub fn unknown(what: &str, name: &str, allowed: &[&str]) -> String {
    if allowed.is_empty() {
        return format!("there is no {what} `{name}`: there is none at all");
    }
    let hint = nearest(name, allowed).map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?"));
    format!("there is no {what} `{name}`, expected one of {}{hint}", allowed.join(", "))
}
