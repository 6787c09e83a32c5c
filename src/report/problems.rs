//! What is wrong with a scenario, as rustc would show it: with the line, and a mark under what is meant.

use crate::scenario::{Problem, ScenarioError};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::ops::Range;

/// So many problems are shown.
const SHOWN: usize = 20;
/// A longer line is not shown, only where it is.
const LINE_MAX: usize = 10_000;
/// A hint that stands at the end of a message.
const HINT: &str = "; did you mean ";

/// All problems, one below the other. Styled: with the colours of a terminal.
pub fn text(error: &ScenarioError, styled: bool) -> String {
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    let mut parts: Vec<String> =
        error.problems.iter().take(SHOWN).map(|problem| one(error, problem, &renderer)).collect();
    let count = error.problems.len();
    if count > SHOWN {
        parts.push(format!("error: {} more in {}", count - SHOWN, error.origin));
    } else if count > 1 {
        parts.push(format!("error: {count} problems in {}", error.origin));
    }
    parts.join("\n\n")
}

fn one(error: &ScenarioError, problem: &Problem, renderer: &Renderer) -> String {
    let place = error.text.as_deref().zip(problem.at.clone());
    let Some((text, at)) = place else { return format!("error: {}: {problem}", error.origin) };
    let (line, column) = error.position(problem).unwrap_or((1, 1));
    let message = problem.to_string();
    let (title, hint) = match message.split_once(HINT) {
        Some((title, hint)) => (title, format!("did you mean {hint}")),
        None => (message.as_str(), String::new()),
    };
    let (shown, within) = line_of(text, at);
    if shown.len() > LINE_MAX {
        return format!("error: {message}\n --> {}:{line}:{column}", error.origin);
    }
    let mark = AnnotationKind::Primary.span(within);
    let mark = if hint.is_empty() { mark } else { mark.label(hint) };
    let snippet = Snippet::source(shown).line_start(line).path(error.origin.as_str()).annotation(mark);
    renderer.render(&[Group::with_title(Level::ERROR.primary_title(title)).element(snippet)])
}

/// The line in which a range begins, and what of the range lies in it.
fn line_of(text: &str, at: Range<usize>) -> (&str, Range<usize>) {
    let begin = text[..at.start].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at.start..].find('\n').map_or(text.len(), |length| at.start + length);
    let line = text[begin..end].trim_end_matches('\r');
    let first = (at.start - begin).min(line.len());
    let mut last = (at.end - begin).clamp(first, line.len());
    while !line.is_char_boundary(last) {
        last += 1;
    }
    (line, first..last)
}
