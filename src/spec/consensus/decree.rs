//! One decree as the ledger sees it: promises, votes, what is chosen, and who has learnt it.

use crate::node::NodeId;
use crate::spec::consensus::ledger::Rules;
use crate::spec::consensus::{Ballot, Value, Vote};
use std::collections::{BTreeMap, BTreeSet};

/// What an acceptor has promised and voted. Never taken back: what it forgets, it has said all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Acceptor {
    promised: Ballot,
    /// In the order of ballots.
    votes: Vec<Vote>,
}

impl Acceptor {
    fn vote_in(&self, ballot: Ballot) -> Option<Value> {
        let place = self.votes.binary_search_by_key(&ballot, |vote| vote.ballot).ok()?;
        Some(self.votes[place].value)
    }

    /// Its last vote in a lower ballot. Once it has promised `ballot` that does not change any more.
    fn last_vote_below(&self, ballot: Ballot) -> Option<Vote> {
        let below = self.votes.partition_point(|vote| vote.ballot < ballot);
        self.votes[..below].last().copied()
    }
}

/// All that is known of one decree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Progress {
    /// The values that clients have proposed.
    proposed: BTreeSet<Value>,
    /// The value of each ballot that has reached phase 2.
    ballots: BTreeMap<Ballot, Value>,
    acceptors: Vec<Acceptor>,
    /// The values that are chosen: one, or a violation.
    chosen: Vec<Value>,
    /// What was learnt first, and by whom.
    first: Option<(NodeId, Value)>,
    /// By node: what it has learnt.
    learnt: Vec<Option<Value>>,
}

impl Progress {
    pub fn new(nodes: usize) -> Self {
        Progress {
            proposed: BTreeSet::new(),
            ballots: BTreeMap::new(),
            acceptors: vec![Acceptor::default(); nodes],
            chosen: Vec::new(),
            first: None,
            learnt: vec![None; nodes],
        }
    }

    pub fn proposed(&mut self, value: Value) {
        self.proposed.insert(value);
    }

    /// Only what was proposed may be issued or learnt.
    pub fn valid(&self, node: NodeId, value: Value) -> Result<(), String> {
        if self.proposed.contains(&value) {
            return Ok(());
        }
        Err(format!("{node} takes {value} for a proposal, but no client has proposed it"))
    }

    /// An acceptor's promise only grows.
    pub fn promised(&mut self, node: NodeId, ballot: Ballot) -> Result<(), String> {
        let acceptor = &mut self.acceptors[node.index()];
        let before = acceptor.promised;
        acceptor.promised = before.max(ballot);
        if ballot > before {
            return Ok(());
        }
        Err(format!("{node} promised {ballot}, but had promised {before}"))
    }

    /// It never votes below its promise. A vote in a higher ballot promises as much.
    pub fn keeps_promise(&self, node: NodeId, vote: Vote) -> Result<(), String> {
        let promised = self.acceptors[node.index()].promised;
        if vote.ballot == promised {
            return Ok(());
        }
        let ballot = vote.ballot;
        Err(if ballot < promised {
            format!("{node} voted in {ballot}, but had promised {promised}")
        } else {
            format!("{node} voted in {ballot} and has promised no more than {promised}: it could vote below again")
        })
    }

    /// A ballot has one value.
    pub fn one_value(&mut self, node: NodeId, Vote { ballot, value }: Vote) -> Result<(), String> {
        let known = *self.ballots.entry(ballot).or_insert(value);
        if known == value { Ok(()) } else { Err(format!("{ballot} is for {known}, and {node} takes it for {value}")) }
    }

    /// Whether the acceptor has voted in this ballot already, and if so, whether for the same value.
    pub fn voted_before(&self, node: NodeId, Vote { ballot, value }: Vote) -> Option<Result<(), String>> {
        let before = self.acceptors[node.index()].vote_in(ballot)?;
        let twice = || format!("{node} voted for {before} and for {value} in {ballot}");
        Some(if before == value { Ok(()) } else { Err(twice()) })
    }

    /// Whether the vote is the first of its ballot. What makes it safe makes the others so: it cannot change.
    pub fn is_first(&self, ballot: Ballot) -> bool {
        self.acceptors.iter().all(|acceptor| acceptor.vote_in(ballot).is_none())
    }

    /// `ShowsSafeAt(Q, b, v)` of Voting.tla, for some phase 1 quorum Q: all of Q have promised b, and either none has
    /// voted below b, or the highest ballot c below b in which one of them has voted was for v.
    ///
    /// Of those who have promised b only the last vote below b counts, and it is final. So it is enough to try each
    /// such vote for v as c: everyone whose last vote is no later belongs to the largest Q there is for it.
    pub fn safe_at(&self, node: NodeId, Vote { ballot, value }: Vote, rules: &Rules) -> Result<(), String> {
        let promised = self
            .acceptors
            .iter()
            .enumerate()
            .filter(|(place, acceptor)| rules.is_acceptor(*place) && acceptor.promised >= ballot);
        let last: Vec<Option<Vote>> = promised.map(|(_, acceptor)| acceptor.last_vote_below(ballot)).collect();
        let shows = |c: Option<Ballot>| {
            let quorum = last.iter().filter(|vote| vote.map(|vote| vote.ballot) <= c).count();
            quorum >= rules.phase1 as usize
        };
        let for_value = last.iter().flatten().filter(|vote| vote.value == value);
        if shows(None) || for_value.map(|vote| vote.ballot).any(|c| shows(Some(c))) {
            return Ok(());
        }
        let others: Vec<String> = self
            .acceptors
            .iter()
            .zip(NodeId::all(self.acceptors.len() as u32))
            .filter_map(|(acceptor, other)| Some((other, acceptor.last_vote_below(ballot)?)))
            .map(|(other, vote)| format!("{other} voted for {} in {}", vote.value, vote.ballot))
            .collect();
        let others = if others.is_empty() { "nobody has voted below".to_owned() } else { others.join(", ") };
        let (have, need) = (last.len(), rules.phase1);
        Err(format!(
            "{node} voted for {value} in {ballot}, which no quorum shows safe: {have} have promised {ballot} ({need} \
             are a quorum); {others}"
        ))
    }

    /// Takes note of a vote. Only one value may be chosen.
    pub fn voted(&mut self, node: NodeId, vote: Vote, rules: &Rules) -> Result<(), String> {
        let acceptor = &mut self.acceptors[node.index()];
        acceptor.promised = acceptor.promised.max(vote.ballot);
        let place = acceptor.votes.partition_point(|other| other.ballot < vote.ballot);
        acceptor.votes.insert(place, vote);
        let voters =
            self.acceptors.iter().enumerate().filter(|(place, acceptor)| {
                rules.is_acceptor(*place) && acceptor.vote_in(vote.ballot) == Some(vote.value)
            });
        if voters.count() < rules.phase2 as usize || self.chosen.contains(&vote.value) {
            return Ok(());
        }
        self.chosen.push(vote.value);
        match self.chosen.as_slice() {
            [_] => Ok(()),
            chosen => Err(format!("{} is chosen in {}, but {} is chosen already", vote.value, vote.ballot, chosen[0])),
        }
    }

    /// What is learnt is chosen.
    pub fn is_chosen(&self, node: NodeId, value: Value, rules: &Rules) -> Result<(), String> {
        if self.chosen.contains(&value) {
            return Ok(());
        }
        let most =
            |ballot: Ballot| self.acceptors.iter().filter(|acceptor| acceptor.vote_in(ballot) == Some(value)).count();
        let most = self.ballots.keys().map(|ballot| most(*ballot)).max().unwrap_or(0);
        Err(format!("{node} learnt {value}, for which {most} have voted in one ballot, not {}", rules.phase2))
    }

    /// Nodes learn the same.
    pub fn agrees(&mut self, node: NodeId, value: Value) -> Result<(), String> {
        let (first, learnt) = *self.first.get_or_insert((node, value));
        if learnt == value { Ok(()) } else { Err(format!("{first} learnt {learnt}, and {node} learnt {value}")) }
    }

    /// A node learns once.
    pub fn learnt(&mut self, node: NodeId, value: Value) -> Result<(), String> {
        match self.learnt[node.index()].replace(value) {
            None => Ok(()),
            Some(before) => Err(format!("{node} learnt {value}, but had learnt {before} already")),
        }
    }

    /// What the node has learnt.
    pub fn known_to(&self, node: NodeId) -> Option<Value> {
        self.learnt[node.index()]
    }

    /// Its disk has lost what it had learnt.
    pub fn lost(&mut self, node: NodeId) {
        self.learnt[node.index()] = None;
    }

    /// It holds it still.
    pub fn holds(&mut self, node: NodeId, value: Value) {
        self.learnt[node.index()] = Some(value);
    }
}
