//! Where in a text a key stands. serde tells which key was wrong, but only where it stopped reading; a small scan of
//! the text finds the key itself, and sees keys that stand twice.

use crate::engine::fault::Fault;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// Values may be nested so deep; the reader of the values has the same limit.
const DEPTH_MAX: usize = 128;

/// A JSON text as places: of every value, and of every key of an object.
pub(super) struct Tree {
    /// Where the value stands, in bytes.
    at: Range<usize>,
    /// What lies in it, with the place where its key begins.
    inside: Inside,
}

enum Inside {
    Plain,
    List(Vec<Tree>),
    Object(BTreeMap<String, (Range<usize>, Tree)>),
}

/// A key that stands twice in one object: its path, and both places.
pub(super) struct Twice {
    pub key: String,
    pub first: usize,
    pub second: Range<usize>,
}

impl Tree {
    /// Scans a text that is JSON; none where it is not, or is nested too deep.
    pub fn of(text: &str) -> Option<(Tree, Vec<Twice>)> {
        let mut scan = Scan { text, at: 0, path: Vec::new(), twice: Vec::new() };
        let tree = scan.value()?;
        Some((tree, scan.twice))
    }

    /// Where the key of a path such as `faults[0].crash.at` stands: the value, or the key where `of_key` says so, or as
    /// much of the path as there is.
    pub fn find(&self, path: &str, of_key: bool) -> Range<usize> {
        let (mut here, mut at) = (self, &self.at);
        for step in steps(path) {
            let Some((key, value)) = here.step(step) else { break };
            (here, at) = (value, if of_key { key } else { &value.at });
        }
        at.clone()
    }

    /// Whether something stands there.
    pub fn has(&self, path: &str) -> bool {
        self.get(path).is_some()
    }

    /// The lists that stand where only an object may. (serde would take its items for the values of the keys.)
    pub fn lists_for_objects(&self) -> Vec<String> {
        let list = |path: &str| matches!(self.get(path).map(|tree| &tree.inside), Some(Inside::List(_)));
        let faults = match self.get("faults").map(|tree| &tree.inside) {
            Some(Inside::List(faults)) => faults.len(),
            Some(_) | None => 0,
        };
        let kinds = |place| Fault::KINDS.iter().map(move |(kind, ..)| format!("faults[{place}].{kind}"));
        let plain = ["", "network", "disk", "workload", "workload.mix", "run", "expect"].map(str::to_owned);
        plain.into_iter().chain((0..faults).flat_map(kinds)).filter(|path| list(path)).collect()
    }

    fn get(&self, path: &str) -> Option<&Tree> {
        steps(path).try_fold(self, |here, step| here.step(step).map(|(_, value)| value))
    }

    /// The value one step further, and the place of its key, or its own in a list.
    fn step(&self, step: &str) -> Option<(&Range<usize>, &Tree)> {
        match &self.inside {
            Inside::Object(keys) => keys.get(step).map(|(key, value)| (key, value)),
            Inside::List(items) => step.parse::<usize>().ok().and_then(|place| items.get(place)).map(|i| (&i.at, i)),
            Inside::Plain => None,
        }
    }
}

/// The steps of a path: `faults[0].crash` are `faults`, `0` and `crash`.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[', ']']).filter(|step| !step.is_empty())
}

/// A walk over a text that is known to be JSON. It gives up where it is not.
struct Scan<'t> {
    text: &'t str,
    at: usize,
    path: Vec<String>,
    twice: Vec<Twice>,
}

impl Scan<'_> {
    fn value(&mut self) -> Option<Tree> {
        if self.path.len() > DEPTH_MAX {
            return None;
        }
        let first = self.next()?;
        let at = self.at;
        let inside = match first {
            b'{' => Inside::Object(self.object()?),
            b'[' => Inside::List(self.list()?),
            b'"' => {
                self.string()?;
                Inside::Plain
            }
            _ => {
                let rest = &self.text[at..];
                self.at += rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
                Inside::Plain
            }
        };
        Some(Tree { at: at..self.at, inside })
    }

    /// The next byte that is no white space, which is not yet passed.
    fn next(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        Some(self.text.as_bytes()[self.at])
    }

    fn string(&mut self) -> Option<String> {
        let begin = self.at;
        let mut bytes = self.text.as_bytes()[begin + 1..].iter().enumerate();
        while let Some((place, byte)) = bytes.next() {
            match byte {
                b'\\' => {
                    bytes.next();
                }
                b'"' => {
                    self.at = begin + place + 2;
                    let string = serde_json::from_str(&self.text[begin..self.at]).ok()?;
                    return if let Value::String(string) = string { Some(string) } else { None };
                }
                _ => {}
            }
        }
        None
    }

    fn list(&mut self) -> Option<Vec<Tree>> {
        let mut items = Vec::new();
        self.at += 1;
        while self.next()? != b']' {
            self.path.push(format!("[{}]", items.len()));
            items.push(self.value()?);
            self.path.pop();
            if self.next()? == b',' {
                self.at += 1;
            }
        }
        self.at += 1;
        Some(items)
    }

    fn object(&mut self) -> Option<BTreeMap<String, (Range<usize>, Tree)>> {
        let mut keys: BTreeMap<String, (Range<usize>, Tree)> = BTreeMap::new();
        self.at += 1;
        while self.next()? == b'"' {
            let at = self.at;
            let key = self.string()?;
            let at = at..self.at;
            self.path.push(key.clone());
            if let Some((first, _)) = keys.get(&key) {
                let path = self.path.join(".").replace(".[", "[");
                self.twice.push(Twice { key: path, first: first.start, second: at.clone() });
            }
            if self.next()? != b':' {
                return None;
            }
            self.at += 1;
            let value = self.value()?;
            keys.insert(key, (at, value));
            self.path.pop();
            if self.next()? == b',' {
                self.at += 1;
            }
        }
        self.at += 1;
        Some(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::error::line_and_column;

    #[test]
    fn a_path_is_found_in_its_text() {
        let text = "{\n \"a\": { \"b\\\"\": [10, { \"c\": \"x]\" }],\n  \"dé\": true }, \"e\": 1.5e3 }\n";
        let (tree, twice) = Tree::of(text).unwrap();
        assert!(twice.is_empty());
        let at = |path: &str, of_key| line_and_column(text, tree.find(path, of_key).start);
        assert_eq!([at("", false), at("a", true), at("a", false)], [(1, 1), (2, 2), (2, 7)]);
        assert_eq!(
            [at("a.b\"[0]", false), at("a.b\"[1].c", false), at("a.b\"[1].c", true)],
            [(2, 17), (2, 28), (2, 23)]
        );
        assert_eq!([at("a.dé", false), at("e", false), at("a.dé", true)], [(3, 9), (3, 22), (3, 3)]);
        // What is not there is looked for as far as there is something.
        assert_eq!([at("a.nothing.at.all", false), at("a.b\"[7]", false)], [(2, 7), (2, 16)]);
    }

    #[test]
    fn keys_that_stand_twice_are_seen_at_any_depth() {
        let (_, twice) = Tree::of(r#"{"a": [1, {"b": 1, "c": 2, "b": 3}], "a": 1}"#).unwrap();
        let found: Vec<_> = twice.iter().map(|t| (t.key.as_str(), t.first, t.second.start)).collect();
        assert_eq!(found, [("a[1].b", 11, 27), ("a", 1, 37)]);
    }

    #[test]
    fn what_is_no_json_is_given_up() {
        for text in ["", " ", "{", "[1", "\"x", r#"{"a"}"#, r#"{"a":"#, r#"{"a":1"#, &"[".repeat(100_000)] {
            assert!(Tree::of(text).is_none(), "{}", &text[..text.len().min(20)]);
        }
    }
}
