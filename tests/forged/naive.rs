//! The ledger against a judge that could hardly be plainer: it keeps the whole story and looks at all of it each time.
//! On random small stories both must agree on which fact is wrong first, and why.

use splitbrain::node::{NodeId, Purpose, Stream};
use splitbrain::spec::judged::{Findings, Judged, Ledger, Observed};
use splitbrain::spec::replicated_log::{Entry, Index, LogFact, LogLedger, ReplicatedLog, Term};
use std::collections::BTreeMap;

use super::forger::n;
use super::words::{asked, noop};

#[derive(Clone, Copy, Debug)]
enum Seen {
    Fact(NodeId, LogFact),
    Crashed(NodeId),
}

type Log = Vec<Entry>;

/// A story up to some point.
struct Naive<'a> {
    nodes: u32,
    story: &'a [Seen],
}

impl Naive<'_> {
    /// What a node has said so far, with the place in the story.
    fn said(&self, by: NodeId) -> impl Iterator<Item = (usize, LogFact)> {
        self.story.iter().enumerate().filter_map(move |(place, seen)| match seen {
            Seen::Fact(node, fact) if *node == by => Some((place, *fact)),
            Seen::Fact(..) | Seen::Crashed(_) => None,
        })
    }

    fn all_said(&self) -> impl Iterator<Item = (usize, NodeId, LogFact)> {
        NodeId::all(self.nodes).flat_map(|node| self.said(node).map(move |(place, fact)| (place, node, fact)))
    }

    fn upto(&self, place: usize) -> Naive<'_> {
        Naive { nodes: self.nodes, story: &self.story[..place] }
    }

    fn log(&self, node: NodeId) -> Log {
        let mut log = Log::new();
        for (_, fact) in self.said(node) {
            match fact {
                LogFact::Appended { index, entry } => {
                    let place = index.0 as usize - 1;
                    log.truncate(log.len().max(place));
                    if place < log.len() { log[place] = entry } else { log.push(entry) }
                }
                LogFact::Truncated { last } => log.truncate(last.0 as usize),
                _ => {}
            }
        }
        log
    }

    /// All logs that any node has ever had.
    fn versions(&self) -> Vec<Log> {
        let moments = 0..=self.story.len();
        moments.flat_map(|place| NodeId::all(self.nodes).map(move |node| self.upto(place).log(node))).collect()
    }

    /// The latest of the terms it has entered or voted in since `place`, terms adopted and voted in told apart.
    fn terms(&self, node: NodeId, since: usize) -> (Term, Term) {
        let mut terms = (Term(0), Term(0));
        for (_, fact) in self.said(node).filter(|(place, _)| *place >= since) {
            match fact {
                LogFact::TermAdopted { term } => terms.0 = terms.0.max(term),
                LogFact::Voted { term, .. } => terms.1 = terms.1.max(term),
                _ => {}
            }
        }
        terms
    }

    fn leads(&self, node: NodeId) -> Option<Term> {
        let elected = self.said(node).filter_map(|(place, fact)| match fact {
            LogFact::Elected { term } => Some((place, term)),
            _ => None,
        });
        let (since, term) = elected.last()?;
        let crashed = self.story[since..].iter().any(|seen| matches!(seen, Seen::Crashed(who) if *who == node));
        let (adopted, voted) = self.terms(node, since);
        (!crashed && adopted <= term && voted <= term).then_some(term)
    }

    /// Each claim of commitment: by whom, in which term, and of which log.
    fn claims(&self) -> Vec<(usize, NodeId, Term, Log)> {
        let claims = self.all_said().filter_map(|(place, node, fact)| match fact {
            LogFact::Committed { index, term, .. } => {
                Some((place, node, term, self.upto(place).log(node)[..index.0 as usize].to_vec()))
            }
            _ => None,
        });
        claims.collect()
    }

    /// What is wrong with this fact, coming next.
    fn wrong(&self, node: NodeId, fact: LogFact) -> Option<&'static str> {
        let log = self.log(node);
        let checks = match fact {
            LogFact::Elected { term } => self.elected(node, term, &log),
            LogFact::TermAdopted { term } => {
                let (adopted, voted) = self.terms(node, 0);
                vec![("term-monotone", term > adopted && term >= voted)]
            }
            LogFact::Voted { term, candidate } => {
                let (adopted, voted) = self.terms(node, 0);
                let other =
                    |fact| matches!(fact, LogFact::Voted { term: t, candidate: c } if t == term && c != candidate);
                let twice = self.said(node).any(|(_, fact)| other(fact));
                vec![("one-vote-per-term", term >= adopted && term >= voted && !twice)]
            }
            LogFact::Appended { index, entry } => self.appended(node, index.0 as usize, entry, &log),
            LogFact::Truncated { last } => self.kept(node, last.0 as usize, &log),
            LogFact::Committed { index, entry_term, term } => self.committed(node, (index, entry_term), term, &log),
            LogFact::Accepted { .. } | LogFact::Decided { .. } | LogFact::Reconfigured { .. } => {
                unreachable!("random stories have no slots")
            }
            LogFact::Compacted { .. } | LogFact::Installed { .. } => unreachable!("random stories have no snapshots"),
            LogFact::Applied { index, state } => {
                let other = |fact| matches!(fact, LogFact::Applied { index: i, state: s } if i == index && s != state);
                vec![("equal-state", !self.all_said().any(|(_, _, fact)| other(fact)))]
            }
        };
        checks.into_iter().find(|(_, holds)| !holds).map(|(name, _)| name)
    }

    fn elected(&self, node: NodeId, term: Term, log: &Log) -> Vec<(&'static str, bool)> {
        let leader = |fact| matches!(fact, LogFact::Elected { term: t } if t == term);
        let alone = !self.all_said().any(|(_, who, fact)| who != node && leader(fact));
        let complete = self.claims().iter().all(|(_, _, since, claimed)| *since >= term || log.starts_with(claimed));
        vec![("election-safety", alone), ("leader-completeness", complete)]
    }

    fn kept(&self, node: NodeId, last: usize, log: &Log) -> Vec<(&'static str, bool)> {
        let cut = last < log.len();
        let committed = self.claims().iter().any(|(_, who, _, claimed)| *who == node && claimed.len() > last);
        vec![
            ("committed-never-truncated", !(cut && committed)),
            ("leader-append-only", !cut || self.leads(node).is_none()),
        ]
    }

    fn appended(&self, node: NodeId, index: usize, entry: Entry, log: &Log) -> Vec<(&'static str, bool)> {
        if index == 0 || index > log.len() + 1 {
            return vec![("log-terms-monotone", false)];
        }
        let overwrites = index <= log.len() && log[index - 1] != entry;
        let mut checks = self.kept(node, if overwrites { index - 1 } else { log.len() }, log);
        let mut after = log.clone();
        after.truncate(log.len().max(index));
        if index <= log.len() {
            after[index - 1] = entry
        } else {
            after.push(entry)
        }
        checks.push(("log-terms-monotone", after.is_sorted_by_key(|entry| entry.term)));
        let equal = |k: usize, other: &Log| other[k].term != after[k].term || other[..=k] == after[..=k];
        let matching = self.versions().iter().all(|other| (0..other.len().min(after.len())).all(|k| equal(k, other)));
        checks.push(("log-matching", matching));
        checks
    }

    fn committed(
        &self,
        node: NodeId,
        (index, entry_term): (Index, Term),
        term: Term,
        log: &Log,
    ) -> Vec<(&'static str, bool)> {
        let length = index.0 as usize;
        let restarted = self.story.iter().rposition(|seen| matches!(seen, Seen::Crashed(who) if *who == node));
        let claims = self.claims();
        let earlier = claims.iter().filter(|(place, who, ..)| *who == node && Some(*place) > restarted);
        let mut checks = vec![("commit-monotone", earlier.map(|(.., claimed)| claimed.len()).max() <= Some(length))];
        let within = length > 0 && length <= log.len() && log[length - 1].term == entry_term;
        checks.push(("commit-within-log", within));
        if !within {
            return checks;
        }
        let prefix = &log[..length];
        let agree = |other: &Log| other.iter().zip(prefix).all(|(a, b)| a == b);
        checks.push(("state-machine-safety", claims.iter().all(|(.., claimed)| agree(claimed))));
        if claims.iter().all(|(.., claimed)| claimed.len() < length) {
            let holders = NodeId::all(self.nodes).filter(|node| self.log(*node).starts_with(prefix)).count();
            // No majority is without a holder.
            let without = self.nodes as usize - holders;
            checks.push(("committed-is-durable", without < self.nodes as usize / 2 + 1));
        }
        let newest = NodeId::all(self.nodes).filter_map(|node| self.leads(node).map(|term| (term, node))).max();
        let ever = self.all_said().filter_map(|(_, _, fact)| match fact {
            LogFact::Elected { term } => Some(term),
            _ => None,
        });
        if let Some((_, leader)) = newest.filter(|(leads, _)| Some(*leads) == ever.max() && *leads > term) {
            checks.push(("leader-completeness", self.log(leader).starts_with(prefix)));
        }
        checks
    }
}

fn by_naive(nodes: u32, story: &[Seen]) -> Option<(usize, &'static str)> {
    story.iter().enumerate().find_map(|(place, seen)| match seen {
        Seen::Crashed(_) => None,
        Seen::Fact(node, fact) => Naive { nodes, story: &story[..place] }.wrong(*node, *fact).map(|name| (place, name)),
    })
}

fn by_ledger(nodes: u32, story: &[Seen]) -> Option<(usize, &'static str)> {
    let mut ledger = LogLedger::new(nodes);
    let mut findings = Findings::new(ReplicatedLog::INVARIANTS, &[]);
    story.iter().enumerate().find_map(|(place, seen)| {
        match seen {
            Seen::Crashed(node) => ledger.observe(&Observed::Crashed(*node), &mut findings),
            Seen::Fact(node, fact) => ledger.observe(&Observed::Fact(*node, fact), &mut findings),
        }
        findings.violated.take().map(|(invariant, _)| (place, ReplicatedLog::INVARIANTS[invariant].name))
    })
}

/// Tells stories that are mostly plausible: nodes copy each other's logs, and err now and then.
struct Teller {
    draws: Stream,
    nodes: u32,
    /// One time in so many, something is told that makes no sense.
    sense: u64,
    terms: Vec<Term>,
    logs: Vec<Log>,
}

impl Teller {
    fn new(seed: u64) -> Self {
        let mut draws = Stream::new(seed, Purpose::Client, 0);
        let nodes = 1 + draws.below(5) as u32;
        let sense = [4, 16, 64][draws.below(3) as usize];
        Teller { draws, nodes, sense, terms: vec![Term(0); nodes as usize], logs: vec![Log::new(); nodes as usize] }
    }

    fn errs(&mut self) -> bool {
        self.draws.below(self.sense) == 0
    }

    fn node(&mut self) -> NodeId {
        n(1 + self.draws.below(u64::from(self.nodes)) as u32)
    }

    fn next(&mut self) -> Seen {
        let node = self.node();
        let term = self.terms[node.index()];
        let fact = match self.draws.below(20) {
            0 => return Seen::Crashed(node),
            1..=3 => self.enters(node),
            4 => LogFact::Voted { term: if self.errs() { Term(1) } else { term }, candidate: self.node() },
            5..=6 => LogFact::Elected { term },
            7..=13 => self.appends(node),
            14 => self.cuts(node),
            15..=18 if !self.logs[node.index()].is_empty() => self.commits(node),
            _ => LogFact::Applied { index: Index(self.logs[node.index()].len() as u64), state: self.state() },
        };
        Seen::Fact(node, fact)
    }

    fn state(&mut self) -> u64 {
        u64::from(self.errs())
    }

    fn enters(&mut self, node: NodeId) -> LogFact {
        let term = if self.errs() { Term(self.draws.below(4)) } else { self.terms[node.index()].next() };
        self.terms[node.index()] = term;
        LogFact::TermAdopted { term }
    }

    fn appends(&mut self, node: NodeId) -> LogFact {
        let other = self.node();
        let (own, others) = (&self.logs[node.index()], &self.logs[other.index()]);
        let mut place = own.len();
        let last = own.last().map_or(Term(1), |entry| entry.term);
        let term = last.max(self.terms[node.index()]).0;
        let copied = others.get(place).copied();
        let mut entry = if self.draws.below(3) == 0 { noop(term) } else { copied.unwrap_or(noop(term)) };
        if self.errs() {
            entry = asked(term);
        }
        if self.errs() {
            place = self.draws.below(place as u64 + 2) as usize;
            entry = if self.draws.below(2) == 0 { noop(1 + self.draws.below(4)) } else { entry };
        }
        let log = &mut self.logs[node.index()];
        if place < log.len() {
            log[place] = entry;
        } else if place == log.len() {
            log.push(entry);
        }
        LogFact::Appended { index: Index(place as u64 + 1), entry }
    }

    fn cuts(&mut self, node: NodeId) -> LogFact {
        let length = self.logs[node.index()].len();
        let last = self.draws.below(length as u64 + 2) as usize;
        self.logs[node.index()].truncate(last);
        LogFact::Truncated { last: Index(last as u64) }
    }

    fn commits(&mut self, node: NodeId) -> LogFact {
        let log = &self.logs[node.index()];
        let (length, term) = (log.len() as u64, self.terms[node.index()]);
        let back = if self.draws.below(4) == 0 { self.draws.below(length + 1) } else { 0 };
        let held = self.logs[node.index()].get((length - back).wrapping_sub(1) as usize).map(|entry| entry.term);
        match held {
            Some(entry_term) if !self.errs() => LogFact::Committed { index: Index(length - back), entry_term, term },
            // An entry that nobody has.
            Some(_) | None => LogFact::Committed { index: Index(length + 1), entry_term: Term(99), term },
        }
    }
}

#[test]
fn the_ledger_judges_as_the_plainest_judge_does() {
    let mut first: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..40_000 {
        let mut teller = Teller::new(seed);
        let length = 4 + teller.draws.below(28);
        let story: Vec<Seen> = (0..length).map(|_| teller.next()).collect();
        let (naive, ledger) = (by_naive(teller.nodes, &story), by_ledger(teller.nodes, &story));
        assert_eq!(ledger, naive, "seed {seed}, {} nodes: {story:#?}", teller.nodes);
        *first.entry(naive.map_or("nothing", |(_, name)| name)).or_default() += 1;
    }
    // Answers, snapshots and changes of the membership are no part of these stories.
    let untold = [
        "replies-match-model",
        "snapshot-is-committed",
        "one-change-at-a-time",
        "settled-configuration",
        "linearizable",
    ];
    for invariant in ReplicatedLog::INVARIANTS.iter().filter(|invariant| !untold.contains(&invariant.name)) {
        assert!(first.get(invariant.name).is_some_and(|times| *times > 50), "{}: {first:?}", invariant.name);
    }
    assert!(first["nothing"] > 200, "{first:?}");
}
