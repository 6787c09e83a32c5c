//! Transactions as Jepsen and Elle write them, and the text about them.

use splitbrain::consistency::format::edn;
use splitbrain::consistency::history::{BadLine, History};
use splitbrain::consistency::transactions::{self, Assume, Ending, Model, Standing, is_transactional, judge};
use splitbrain::report;
use splitbrain::scenario::VerdictKind;

fn read(text: &str) -> Result<transactions::History, BadLine> {
    let history = History::of_events(edn::events(text)?)?;
    assert!(is_transactional(&history));
    transactions::transactions(&history)
}

const LOST: &str = "
{:process 0, :type :invoke, :f :txn, :value [[:append :x 1]]}
{:process 0, :type :ok, :f :txn, :value [[:append :x 1]]}
{:process 0, :type :invoke, :f :txn, :value [[:r :x nil] [:append :x 2]]}
{:process 1, :type :invoke, :f :txn, :value [[:r :x nil] [:append :x 3]]}
{:process 0, :type :ok, :f :txn, :value [[:r :x [1]] [:append :x 2]]}
{:process 1, :type :ok, :f :txn, :value [[:r :x [1]] [:append :x 3]]}
{:process 2, :type :invoke, :f :txn, :value [[:append :y 1]]}
{:process 2, :type :info, :f :txn, :value [[:append :y 1]], :error :timeout}
{:process 1, :type :invoke, :f :txn, :value [[:append :y 2]]}
{:process 1, :type :fail, :f :txn, :value [[:append :y 2]]}
";

#[test]
fn a_history_of_elle_is_read_and_explained() {
    let history = read(LOST).unwrap();
    assert_eq!((history.len(), history.count(Ending::Unknown), history.count(Ending::Aborted)), (5, 1, 1));
    let judged = judge(&history, Assume::default());
    assert_eq!(judged.standing(Model::Serializable), Standing::Violated);
    let text = report::transactions::text(&history, &judged, Some(Model::Serializable));
    let expected = "\
history    5 transactions over 2 keys: 3 committed, 1 aborted, 1 of unknown outcome

lost-update: two transactions read the same version and both wrote over it: one update is lost
  T2 (process 0, lines 4 and 6): read :x [1]; append :x 2
  T3 (process 1, lines 5 and 7): read :x [1]; append :x 3
  - T2 and T3 both read :x as [1]; then T2 appended 2 (line 6) and T3 appended 3 (line 7): one of the two did not know \
of the other

G2-item: a circle in which transactions missed each other's writes (write skew)
  T3 (process 1, lines 5 and 7): read :x [1]; append :x 3
  T2 (process 0, lines 4 and 6): read :x [1]; append :x 2
  - T3 read :x as [1] (line 7), without the 2 that T2 appended (line 6): T3 came before T2
  - T2 read :x as [1] (line 6), without the 3 that T3 appended (line 7): T2 came before T3
  - so T3 came before itself: a cycle

holds      read-atomic
violated   parallel-snapshot-isolation, repeatable-read, snapshot-isolation, serializable, \
strong-session-snapshot-isolation, strong-snapshot-isolation, strong-session-serializable, strict-serializable
verdict    serializable: violated
";
    // The cycle may be told from either of the two.
    let swapped =
        |text: &str| text.lines().filter(|line| !line.starts_with("  ")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(swapped(&text), swapped(expected), "{text}");
    assert!(text.contains("without the 3 that T3 appended (line 7): T2 came before T3"), "{text}");
}

#[test]
fn registers_of_elle_are_read() {
    let text = "
{:process 0, :type :invoke, :f :txn, :value [[:w :x 1] [:r :y nil]]}
{:process 1, :type :invoke, :f :txn, :value [[:w :y 1] [:r :x nil]]}
{:process 0, :type :ok, :f :txn, :value [[:w :x 1] [:r :y nil]]}
{:process 1, :type :ok, :f :txn, :value [[:w :y 1] [:r :x nil]]}
";
    let judged = judge(&read(text).unwrap(), Assume::default());
    assert_eq!(judged.strongest(), [Model::StrongSnapshotIsolation]);
}

#[test]
fn what_is_no_transaction_is_an_error_that_names_its_line() {
    for (value, done, line, part) in [
        ("[[:cas :x 1]]", "[[:cas :x 1]]", 1, "[:cas :x 1] is not part of a transaction"),
        ("[7]", "[7]", 1, "7 is not part of a transaction"),
        ("[[:append :x 1]]", "[[:append :x 2]]", 2, "another one than it began in line 1"),
        ("[[:append :x 1] [:w :x 2]]", "[[:append :x 1] [:w :x 2]]", 2, "is used as a register here and as a list"),
    ] {
        let text = format!(
            "{{:process 0, :type :invoke, :f :txn, :value {value}}}\n\
             {{:process 0, :type :ok, :f :txn, :value {done}}}\n"
        );
        let bad = read(&text).unwrap_err();
        assert_eq!(bad.line, line, "{bad}");
        assert!(bad.message.contains(part), "{bad}");
    }
}

/// Asked for all models, the answer is open while one of them is: that is no pass, whatever else holds.
#[test]
fn all_models_are_undecided_where_one_is() {
    let text = "
{:process 0, :type :invoke, :f :txn, :value [[:w :x 1]]}
{:process 1, :type :invoke, :f :txn, :value [[:w :x 2] [:w :y 2]]}
{:process 2, :type :invoke, :f :txn, :value [[:r :x nil] [:r :y nil]]}
{:process 3, :type :invoke, :f :txn, :value [[:r :x nil]]}
{:process 0, :type :ok, :f :txn, :value [[:w :x 1]]}
{:process 1, :type :ok, :f :txn, :value [[:w :x 2] [:w :y 2]]}
{:process 2, :type :ok, :f :txn, :value [[:r :x 1] [:r :y 2]]}
{:process 3, :type :ok, :f :txn, :value [[:r :x 2]]}
";
    let history = read(text).unwrap();
    let judged = judge(&history, Assume::default());
    assert_eq!(judged.strongest(), [Model::ReadCommitted]);
    assert_eq!(judged.standing(Model::Serializable), Standing::Undecided);
    let kind = |asked| report::transactions::checked(&history, &judged, asked).kind;
    assert_eq!(kind(None), VerdictKind::Undecided);
    assert_eq!(kind(Some(Model::ReadCommitted)), VerdictKind::Pass);
    assert_eq!(kind(Some(Model::Serializable)), VerdictKind::Undecided);
}
