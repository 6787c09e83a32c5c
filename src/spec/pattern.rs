//! Patterns of facts, as scenarios write them: `Elected`, `Elected x2`, `Voted{candidate: n2}`.

use crate::spec::judged::{FactShape, Judged};
use crate::spec::names::unknown;
use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::fmt;

/// A kind of fact, what its fields must say, and the how-many-eth of them is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The fact's name.
    pub fact: String,
    /// Fields and what each must be, as text.
    pub fields: Vec<(String, String)>,
    /// How often, from 1.
    pub times: u64,
}

impl Pattern {
    /// Whether the family `F` has such a fact with such fields.
    ///
    /// # Errors
    /// What was found, and what is allowed.
    pub fn check<F: Judged>(&self) -> Result<(), String> {
        let names: Vec<&str> = F::FACTS.iter().map(|shape| shape.name).collect();
        let Some(shape) = self.shape::<F>() else {
            return Err(unknown("fact", &self.fact, &names));
        };
        for (field, _) in &self.fields {
            if !shape.fields.contains(&field.as_str()) {
                return Err(unknown(&format!("field of {}", self.fact), field, shape.fields));
            }
        }
        Ok(())
    }

    /// The same pattern, meant once: as it is named beside a number.
    pub fn one(&self) -> Pattern {
        Pattern { times: 1, ..self.clone() }
    }

    fn shape<F: Judged>(&self) -> Option<&'static FactShape> {
        F::FACTS.iter().find(|shape| shape.name == self.fact)
    }

    /// The place of its fact in the family's table; none where the family has no such fact.
    pub fn kind<F: Judged>(&self) -> Option<usize> {
        F::FACTS.iter().position(|shape| shape.name == self.fact)
    }

    /// Whether a fact of its kind says what its fields must say. The fact is written out for that; nothing is where
    /// the pattern names no fields.
    pub fn fields_match<F: Judged>(&self, fact: &F::Fact) -> bool {
        if self.fields.is_empty() {
            return true;
        }
        let Ok(written) = serde_json::to_value(fact) else { return false };
        let inner = inmost(&written).get(&self.fact);
        self.fields
            .iter()
            .all(|(field, wanted)| inner.and_then(|fields| fields.get(field)).is_some_and(|value| says(value, wanted)))
    }
}

/// The fact itself, without the scope that it belongs to.
fn inmost(written: &Value) -> &Value {
    match written.get("inner") {
        Some(inner) => inmost(inner),
        None => written,
    }
}

/// Whether a field's value is what is wanted: `5` is wanted as `5`, and a term as `t5` too.
fn says(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text == wanted,
        Value::Number(number) => {
            let number = number.to_string();
            wanted == number || wanted.strip_prefix(['t', 'i']) == Some(&number)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => value.to_string().as_str() == wanted,
    }
}

impl std::str::FromStr for Pattern {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no pattern of facts: expected a name, and perhaps fields and how often, such as \
                 `Elected x2` or `Elected{{term: 3}}`"
            )
        };
        let (rest, times) = match text.rsplit_once(" x") {
            Some((rest, times)) if !times.contains('}') => (rest, times.parse().map_err(|_| wrong())?),
            Some(_) | None => (text, 1),
        };
        let (fact, fields) = match rest.split_once('{') {
            None => (rest, Vec::new()),
            Some((fact, fields)) => {
                let fields = fields.trim_end().strip_suffix('}').ok_or_else(wrong)?;
                let field = |field: &str| {
                    let (name, value) = field.split_once(':').ok_or_else(wrong)?;
                    Ok((name.trim().to_owned(), value.trim().to_owned()))
                };
                (fact.trim_end(), fields.split(',').map(field).collect::<Result<Vec<_>, String>>()?)
            }
        };
        let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let fields_plain = fields.iter().all(|(name, value)| plain(name) && !value.is_empty());
        if !plain(fact) || !fields_plain || times == 0 {
            return Err(wrong());
        }
        Ok(Pattern { fact: fact.to_owned(), fields, times })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fact)?;
        if !self.fields.is_empty() {
            let fields: Vec<String> = self.fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            write!(f, "{{{}}}", fields.join(", "))?;
        }
        if self.times == 1 { Ok(()) } else { write!(f, " x{}", self.times) }
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::NodeId;
    use crate::spec::replicated_log::{Command, Entry, Index, LogFact, ReplicatedLog, Term};

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap()
    }

    #[test]
    fn a_pattern_is_read_as_it_is_written() {
        for text in ["Elected", "Elected x2", "Voted{candidate: n2} x3", "Committed{index: 5, term: 2}"] {
            assert_eq!(pattern(text).to_string(), text);
            assert_eq!(pattern(text).check::<ReplicatedLog>(), Ok(()));
        }
        assert_eq!(pattern("Elected {term:3}"), pattern("Elected{term: 3}"));
        for wrong in ["", "Elected 2", "Elected x0", "Elected xx", "Elected{term}", "Elected{term: 3", "Elected{}"] {
            assert!(wrong.parse::<Pattern>().is_err(), "{wrong}");
        }
        let unknown = |text: &str| pattern(text).check::<ReplicatedLog>().unwrap_err();
        assert!(unknown("Electd").contains("did you mean `Elected`?"));
        assert!(unknown("Elected{node: n1}").contains("expected one of term"));
    }

    #[test]
    fn a_pattern_matches_what_its_fields_say() {
        let voted = LogFact::Voted { term: Term(3), candidate: NodeId::new(1) };
        for (text, matches) in [
            ("Voted", true),
            ("Voted{candidate: n2}", true),
            ("Voted{candidate: n2, term: 3}", true),
            ("Voted{term: t3}", true),
            ("Voted{candidate: n1}", false),
            ("Voted{candidate: n2, term: 4}", false),
        ] {
            assert_eq!(pattern(text).fields_match::<ReplicatedLog>(&voted), matches, "{text}");
        }
    }

    /// What the table says of a fact is how the fact is written.
    #[test]
    fn the_table_of_facts_is_right() {
        let entry = Entry { term: Term(1), command: Command::Noop };
        let (index, term, state) = (Index(1), Term(1), 1);
        let one_of_each = [
            LogFact::Elected { term },
            LogFact::TermAdopted { term },
            LogFact::Voted { term, candidate: NodeId::new(0) },
            LogFact::Appended { index, entry },
            LogFact::Truncated { last: index },
            LogFact::Committed { index, entry_term: term, term },
            LogFact::Applied { index, state },
            LogFact::Accepted { index, entry },
            LogFact::Decided { index, entry },
            LogFact::Compacted { index, entry_term: term, state },
            LogFact::Installed { index, entry_term: term, state, kept: true },
            LogFact::Reconfigured { from: index },
        ];
        assert_eq!(one_of_each.len(), ReplicatedLog::FACTS.len());
        for fact in one_of_each {
            let shape = &ReplicatedLog::FACTS[ReplicatedLog::fact_kind(&fact)];
            let written = serde_json::to_value(fact).unwrap();
            let mut fields: Vec<&str> = written[shape.name].as_object().unwrap().keys().map(String::as_str).collect();
            let mut listed = shape.fields.to_vec();
            fields.sort_unstable();
            listed.sort_unstable();
            assert_eq!(fields, listed, "{}", shape.name);
        }
    }
}
