//! `explain`: what a name means, wherever it stands.

use crate::cli::args::ExplainArgs;
use crate::cli::output::{Failure, print};
use crate::engine::fault::{Fault, Shape, Target};
use crate::engine::judge::GENERIC;
use crate::registry::Entry;
use crate::report::run::program;
use crate::scenario::plans;
use crate::spec::judged::Invariant;
use crate::spec::names::nearest;
use std::collections::BTreeSet;

/// What a name is, and what there is to say of it.
struct Article {
    name: String,
    what: String,
    lines: Vec<String>,
}

pub(in crate::cli) fn run(entries: &[Entry], args: &ExplainArgs) -> Result<u8, Failure> {
    let articles = all(entries);
    let found: Vec<&Article> = articles.iter().filter(|article| article.name == args.name).collect();
    if found.is_empty() {
        let names: Vec<&str> = articles.iter().map(|article| article.name.as_str()).collect();
        let hint = nearest(&args.name, &names).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        let name = &args.name;
        return Err(Failure::Bad(format!("nothing is called `{name}`: `{} list` names all there is{hint}", program())));
    }
    let texts: Vec<String> = found.iter().map(|article| text(article)).collect();
    print(&texts.join("\n"))?;
    Ok(0)
}

fn text(article: &Article) -> String {
    let lines: String = article.lines.iter().map(|line| format!("  {line}\n")).collect();
    format!("{}: {}\n{lines}", article.name, article.what)
}

fn all(entries: &[Entry]) -> Vec<Article> {
    let mut articles = Vec::new();
    let mut families = BTreeSet::new();
    for entry in entries {
        articles.push(protocol(entry));
        articles.extend(entry.bugs.iter().map(|bug| Article {
            name: bug.name.to_owned(),
            what: format!("a mistake that can be planted in {} (config.bugs)", entry.name),
            lines: vec![
                bug.about.to_owned(),
                format!("caught by: {}", bug.caught_by),
                format!("source: {}", bug.source),
            ],
        }));
        if families.insert(entry.family.name) {
            articles.extend(family(entry));
        }
    }
    articles.extend(GENERIC.iter().map(|invariant| check(invariant, "every family")));
    articles.extend(faults());
    articles.extend(exit_codes());
    articles
}

fn protocol(entry: &Entry) -> Article {
    Article {
        name: entry.name.to_owned(),
        what: format!("a protocol of the family {}", entry.family.name),
        lines: vec![entry.about.to_owned(), format!("source: {}", entry.source)],
    }
}

fn family(entry: &Entry) -> Vec<Article> {
    let family = &entry.family;
    let mut articles: Vec<Article> = family.checks().map(|invariant| check(invariant, family.name)).collect();
    articles.extend(family.facts.iter().map(|fact| Article {
        name: fact.name.to_owned(),
        what: format!("a fact of the family {}", family.name),
        lines: vec![
            format!("fields: {}", fact.fields.join(", ")),
            format!("in a scenario: \"reaches\": [\"{} x2\"], or as what a fault reacts to (`when`)", fact.name),
        ],
    }));
    articles.push(Article {
        name: family.name.to_owned(),
        what: "a family of protocols that solve one problem".to_owned(),
        lines: vec![family.about.to_owned(), format!("operations: {}", family.operations.join(", "))],
    });
    articles
}

fn check(invariant: &Invariant, family: &str) -> Article {
    Article {
        name: invariant.name.to_owned(),
        what: format!("a check of {family}"),
        lines: vec![invariant.meaning.to_owned(), format!("source: {}", invariant.source)],
    }
}

fn faults() -> Vec<Article> {
    let article = |name: &str, what: &str, about: &str| Article {
        name: name.to_owned(),
        what: what.to_owned(),
        lines: vec![about.trim().to_owned()],
    };
    let mut articles: Vec<Article> = Fault::KINDS
        .iter()
        .map(|(word, about, keys)| Article {
            name: (*word).to_owned(),
            what: "a fault".to_owned(),
            lines: vec![about.trim().to_owned(), format!("its own keys: {}", keys.join(", "))],
        })
        .collect();
    articles.extend(Target::words().map(|(word, about)| article(word, "a target of faults of nodes", about)));
    articles.extend(Shape::words().iter().map(|(word, about)| article(word, "a shape of faults of links", about)));
    articles.extend(plans().iter().map(|plan| Article {
        name: plan.name.to_owned(),
        what: "a plan: ready-made faults".to_owned(),
        lines: vec![plan.about.clone(), format!("source: {}", plan.source)],
    }));
    articles
}

/// Exit codes, by number and by the word of their verdict.
fn exit_codes() -> impl Iterator<Item = Article> {
    let codes = [
        ("0", "pass", "everything came as the scenario expects"),
        ("1", "violated", "a check failed, or an expectation was not met"),
        ("2", "bad", "the command or the scenario is wrong; nothing was run"),
        ("3", "stalled", "after the faults had ended, the cluster did not come to rest in time; each node says why"),
        ("4", "undecided", "the run was given up, or a checker was: this says neither yes nor no"),
        ("5", "vacuous", "what should be reached was not, or a fault had no effect: a pass would mean nothing"),
        ("70", "internal", "splitbrain itself failed; please report it"),
        ("130", "interrupted", "the user interrupted; what was seen so far was reported"),
    ];
    codes.into_iter().flat_map(|(code, word, about)| {
        [code, word].map(|name| Article {
            name: name.to_owned(),
            what: format!("exit code {code}"),
            lines: vec![about.to_owned()],
        })
    })
}
