//! The JSON Schema of experiments, made from the types that read them.

use crate::experiment::ExperimentFile;
use crate::node::schema_of;
use serde_json::{Value, json};

/// The schema of experiments, in which the scenario is described by the schema of scenarios.
pub fn schema(mut scenarios: Value) -> Value {
    let mut schema = schema_of::<ExperimentFile>();
    schema["title"] = json!("A splitbrain experiment");
    if let Some(Value::Object(parts)) = scenarios.as_object_mut().and_then(|schema| schema.remove("$defs")) {
        for (name, part) in parts {
            schema["$defs"][name] = part;
        }
    }
    if let Some(keys) = scenarios.as_object_mut() {
        keys.remove("$schema");
    }
    schema["$defs"]["Scenario"] = scenarios;
    schema["properties"]["scenario"] = json!({ "$ref": "#/$defs/Scenario" });
    schema
}
