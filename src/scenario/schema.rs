//! The JSON Schema (draft 2020-12) of scenarios, made from the types that read them: an editor that knows it completes
//! keys and shows what they mean. What only a protocol can tell (facts, invariants, operations) it leaves open.

use crate::engine::amount::{Rate, Size};
use crate::engine::core::Core;
use crate::engine::fault::{Count, Length, Ppm, Shift, Target};
use crate::node::{Chance, Nanos, NodeId, Span, schema_of};
use crate::scenario::{ScenarioFile, Seed, SeedRange};
use crate::spec::pattern::Pattern;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Types that read themselves from texts and numbers: what they accept.
macro_rules! schemas {
    ($($type:ty, $name:literal, $schema:tt;)*) => { $(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )* };
}

schemas! {
    Nanos, "Duration", {
        "description": "A length of time with its unit: `150ms`.", "type": "string", "pattern": "^[0-9]+(ns|us|ms|s|m)$"
    };
    Span, "Interval", {
        "description": "A length of time, or an interval from which it is drawn: `[\"150ms\", \"300ms\"]`.",
        "anyOf": [
            { "type": "string", "pattern": "^[0-9]+(ns|us|ms|s|m)$" },
            { "type": "array", "minItems": 2, "maxItems": 2,
              "items": { "type": "string", "pattern": "^[0-9]+(ns|us|ms|s|m)$" } }
        ]
    };
    Length, "Length", {
        "description": "How long: a length of time, an interval, or `forever`.",
        "anyOf": [
            { "type": "string", "pattern": "^([0-9]+(ns|us|ms|s|m)|forever)$" },
            { "type": "array", "minItems": 2, "maxItems": 2,
              "items": { "type": "string", "pattern": "^[0-9]+(ns|us|ms|s|m)$" } }
        ]
    };
    Shift, "Shift", {
        "description": "A length of time with a sign, or an interval of such: `-200ms`.",
        "anyOf": [
            { "type": "string", "pattern": "^[+-]?[0-9]+(ns|us|ms|s|m)$" },
            { "type": "array", "minItems": 2, "maxItems": 2,
              "items": { "type": "string", "pattern": "^[+-]?[0-9]+(ns|us|ms|s|m)$" } }
        ]
    };
    Ppm, "Ppm", {
        "description": "Parts per million, or an interval of such: `200ppm`.",
        "anyOf": [
            { "type": "string", "pattern": "^[+-]?[0-9]+ppm$" },
            { "type": "array", "minItems": 2, "maxItems": 2,
              "items": { "type": "string", "pattern": "^[+-]?[0-9]+ppm$" } }
        ]
    };
    Count, "Count", {
        "description": "A number from 1, or an interval: `[1, 8]`.",
        "anyOf": [
            { "type": "integer", "minimum": 1 },
            { "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "integer", "minimum": 1 } }
        ]
    };
    Chance, "Chance", { "description": "A probability.", "type": "number", "minimum": 0, "maximum": 1 };
    Size, "Size", { "description": "An amount of data with its unit: `64kB`.", "type": "string" };
    Rate, "Rate", { "description": "An amount of data in a second, with its unit: `1MB/s`.", "type": "string" };
    NodeId, "Node", { "description": "A node: `n1`.", "type": "string", "pattern": "^n[1-9][0-9]*$" };
    Pattern, "Pattern", {
        "description": "A fact, with fields where they matter, and how often: `Elected{term: 2} x3`.", "type": "string"
    };
    SeedRange, "SeedRange", { "description": "Seeds, without the last: `0..1000`.", "type": "string" };
    Seed, "Seed", {
        "description": "A seed: a whole number, or a string with one, decimal or 0x hexadecimal.",
        "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string" }]
    };
    Core, "Core", {
        "description": "Which nodes heal when the faults end.",
        "anyOf": [
            { "enum": ["drawn", "all"] },
            { "type": "array", "items": { "type": "string", "pattern": "^n[1-9][0-9]*$" } }
        ]
    };
}

impl JsonSchema for Target {
    fn schema_name() -> Cow<'static, str> {
        "Target".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words = Target::words();
        let mut any: Vec<Value> = words.map(|(word, about)| json!({ "const": word, "description": about })).collect();
        any.push(json!({ "type": "string", "pattern": "^n[1-9][0-9]*$", "description": "This node." }));
        json_schema!({ "description": "Whom a fault hits.", "anyOf": any })
    }
}

/// The schema of scenarios for these protocols: each by name, with the schema of its configuration, where it has one.
pub fn of_scenarios(protocols: &[(&str, Option<Value>)]) -> Value {
    let mut schema = schema_of::<ScenarioFile>();
    schema["title"] = json!("A splitbrain scenario");
    let names: Vec<&str> = protocols.iter().map(|(name, _)| *name).collect();
    schema["properties"]["protocol"]["enum"] = json!(names);
    let mut configs = Vec::new();
    for (name, config) in protocols {
        let Some(mut config) = config.clone() else { continue };
        // What a configuration refers to stands beside all else, under the protocol's name.
        if let Some(Value::Object(parts)) = config.as_object_mut().and_then(|config| config.remove("$defs")) {
            for (part, inner) in parts {
                schema["$defs"][format!("{name}.{part}")] = renamed(inner, name);
            }
        }
        let config = renamed(config, name);
        let is_it = json!({ "properties": { "protocol": { "const": name } } });
        configs.push(json!({ "if": is_it, "then": { "properties": { "config": config } } }));
    }
    schema["allOf"] = json!(configs);
    schema
}

/// The same schema, in which references lead to the definitions of this protocol.
fn renamed(schema: Value, protocol: &str) -> Value {
    match schema {
        Value::Object(keys) => {
            let keys = keys.into_iter().filter(|(key, _)| key != "$schema");
            let keys = keys.map(|(key, value)| match (key.as_str(), &value) {
                ("$ref", Value::String(text)) => {
                    (key, json!(text.replace("#/$defs/", &format!("#/$defs/{protocol}."))))
                }
                _ => (key, renamed(value, protocol)),
            });
            Value::Object(keys.collect())
        }
        Value::Array(items) => items.into_iter().map(|item| renamed(item, protocol)).collect(),
        other => other,
    }
}
