//! What an experiment found, as text and JSON.

use crate::experiment::{Experiment, Finding};
use crate::report::json::ENGINE;
use serde_json::json;
use std::path::PathBuf;

/// A few lines: the question, how the laws did, and where the chart is.
pub fn text(experiment: &Experiment, findings: &[Finding], written: &[PathBuf]) -> String {
    let mut text = format!("chart      {}: {}\n", experiment.id, experiment.file.question);
    for Finding { law, kept, evidence } in findings {
        let sign = if *kept { "as expected" } else { "NOT as expected" };
        text.push_str(&format!("law        {law}: {sign}: {evidence}\n"));
    }
    for path in written {
        text.push_str(&format!("written    {}\n", path.display()));
    }
    text
}

/// The same, as a line of JSON.
pub fn json(experiment: &Experiment, findings: &[Finding], written: &[PathBuf]) -> String {
    let laws: Vec<_> = findings
        .iter()
        .map(|Finding { law, kept, evidence }| json!({ "law": law, "kept": kept, "evidence": evidence }))
        .collect();
    let written: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    let line = json!({ "engine": ENGINE, "experiment": experiment.id, "laws": laws, "written": written });
    format!("{line}\n")
}
