//! Other files that are read as strictly as scenarios: everything that is wrong at once, each where it stands.

use super::{Tree, check_syntax, lists_for_objects, placed, section, stands_twice, text_of};
use crate::scenario::{Problem, ScenarioError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::Path;

/// A file that was read, with its text for the places of errors.
#[derive(Clone, Debug)]
pub struct Strict<T> {
    /// As it was named to us.
    pub origin: String,
    /// The text.
    pub text: String,
    /// What it says.
    pub file: T,
}

impl<T: Serialize + DeserializeOwned> Strict<T> {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or says something that is not allowed.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let origin = path.display().to_string();
        let text = text_of(path, &origin)?;
        Self::parse(&text, &origin)
    }

    /// Reads a text. `origin` names it in errors.
    ///
    /// # Errors
    /// When it says something that is not allowed.
    pub fn parse(text: &str, origin: &str) -> Result<Self, ScenarioError> {
        let error = |problems| ScenarioError { origin: origin.to_owned(), problems, text: Some(text.to_owned()) };
        check_syntax(text).map_err(|problem| error(vec![problem]))?;
        let (tree, twice) = Tree::of(text).ok_or_else(|| error(vec![Problem::at("", "nested too deep")]))?;
        let mut problems = stands_twice(text, twice);
        let said: Value = serde_json::from_str(text).map_err(|why| error(vec![Problem::at("", why.to_string())]))?;
        let file: Option<T> = section("", said.clone(), &mut problems);
        if let (Some(file), true) = (&file, problems.is_empty()) {
            let meant = serde_json::to_value(file).map_err(|why| error(vec![Problem::at("", why.to_string())]))?;
            lists_for_objects(&said, &meant, String::new(), &mut problems);
        }
        match file {
            Some(file) if problems.is_empty() => Ok(Strict { origin: origin.to_owned(), text: text.to_owned(), file }),
            _ => Err(error(placed(problems, &tree))),
        }
    }

    /// What is wrong with it, beyond what its type tells, each where it stands.
    pub fn error(&self, mut problems: Vec<Problem>) -> ScenarioError {
        if let Some((tree, _)) = Tree::of(&self.text) {
            problems = placed(problems, &tree);
        }
        problems.sort_by_key(|problem| problem.at.as_ref().map(|at| at.start));
        ScenarioError { origin: self.origin.clone(), problems, text: Some(self.text.clone()) }
    }
}
