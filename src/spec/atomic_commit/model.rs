//! What lies at a site, by the plainest code that could be right: sites are judged against it, so it shares no code
//! with them.

use crate::spec::atomic_commit::{Decision, Key, Step, Txn, Value};
use std::collections::BTreeMap;

/// One site: what its keys hold, and the parts of transactions that it has prepared and not finished.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Model {
    values: BTreeMap<Key, Value>,
    in_doubt: BTreeMap<Txn, Vec<Step>>,
}

impl Model {
    /// What these steps would read now.
    ///
    /// # Errors
    /// The step that cannot be done, and why.
    pub fn reads(&self, steps: &[Step]) -> Result<Vec<Value>, String> {
        let mut touched = BTreeMap::new();
        for key in steps.iter().map(|step| step.key()) {
            touched.insert(key, self.values.get(&key).cloned().unwrap_or_else(|| key.initial()));
        }
        execute(&mut touched, steps)
    }

    /// A transaction that is in doubt here and that these steps are in the way of.
    pub fn in_the_way(&self, txn: Txn, steps: &[Step]) -> Option<(Txn, Key)> {
        self.in_doubt.iter().filter(|(other, _)| **other != txn).find_map(|(other, theirs)| {
            let meets = |step: &Step| {
                let same = |their: &&Step| their.key() == step.key() && !(their.only_reads() && step.only_reads());
                theirs.iter().find(same).map(|their| (*other, their.key()))
            };
            steps.iter().find_map(meets)
        })
    }

    /// The site has prepared a part.
    pub fn prepare(&mut self, txn: Txn, steps: Vec<Step>) {
        self.in_doubt.insert(txn, steps);
    }

    /// The site has finished one. What it had not prepared changes nothing.
    pub fn finish(&mut self, txn: Txn, decision: Decision) {
        let Some(steps) = self.in_doubt.remove(&txn) else { return };
        if decision == Decision::Commit {
            for key in steps.iter().map(|step| step.key()) {
                self.values.entry(key).or_insert_with(|| key.initial());
            }
            // What cannot be done was told when it was prepared.
            let _ = execute(&mut self.values, &steps);
        }
    }

    /// The transactions that are in doubt here.
    pub fn in_doubt(&self) -> impl Iterator<Item = Txn> {
        self.in_doubt.keys().copied()
    }

    /// All is forgotten: its disk has lost something, and says next what it still holds.
    pub fn clear(&mut self) {
        *self = Model::default();
    }
}

/// Does the steps in order, on keys that are there.
fn execute(values: &mut BTreeMap<Key, Value>, steps: &[Step]) -> Result<Vec<Value>, String> {
    let mut reads = Vec::new();
    for step in steps {
        let value = values.get_mut(&step.key()).expect("a key that is touched is there");
        match (step, value) {
            (Step::Read(_), value) => reads.push(value.clone()),
            (Step::Append(_, element), Value::List(list)) => list.push(*element),
            (Step::Add(_, amount), Value::Number(balance)) if *balance + *amount >= 0 => *balance += *amount,
            (Step::Relink(_, expected, next), Value::Number(link)) if *link == i64::from(*expected) => {
                *link = i64::from(*next);
            }
            (step, value) => return Err(format!("`{step}` cannot be done where there is {value}")),
        }
    }
    Ok(reads)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::atomic_commit::words::parse_op;

    fn txn(number: u32) -> Txn {
        Txn { epoch: 1, number }
    }

    fn steps(text: &str) -> Vec<Step> {
        parse_op(text).unwrap().steps
    }

    #[test]
    fn what_commits_is_read_and_what_aborts_is_not() {
        let mut model = Model::default();
        let read = |model: &Model| format!("{:?}", model.reads(&steps("read k1; read a1; read r2/2")).unwrap());
        assert_eq!(read(&model), "[[], 100, 1]");
        model.prepare(txn(1), steps("append k1 7; add a1 -40; relink r2/2 1 2"));
        assert_eq!(read(&model), "[[], 100, 1]");
        model.finish(txn(1), Decision::Commit);
        assert_eq!(read(&model), "[[7], 60, 2]");
        model.prepare(txn(2), steps("append k1 8"));
        model.finish(txn(2), Decision::Abort);
        assert_eq!(read(&model), "[[7], 60, 2]");
        assert!(
            model.reads(&steps("add a1 -61")).unwrap_err().contains("`add a1 -61` cannot be done where there is 60")
        );
        assert!(model.reads(&steps("relink r2/2 1 2")).is_err());
        assert_eq!(
            model.reads(&steps("append k1 9; read k1")).unwrap(),
            model.reads(&steps("append k1 9; read k1")).unwrap()
        );
    }

    #[test]
    fn what_is_in_doubt_is_in_the_way_of_what_touches_it() {
        let mut model = Model::default();
        model.prepare(txn(1), steps("append k1 7; read k3"));
        assert_eq!(model.in_the_way(txn(2), &steps("read k3")), None);
        assert_eq!(model.in_the_way(txn(2), &steps("read k5; append k3 8")), Some((txn(1), Key::List(2))));
        assert_eq!(model.in_the_way(txn(2), &steps("read k1")), Some((txn(1), Key::List(0))));
        assert_eq!(model.in_the_way(txn(1), &steps("read k1")), None, "its own");
    }
}
