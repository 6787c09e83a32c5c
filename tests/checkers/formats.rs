//! Every format is read as it is written; every line that is wrong is named.

use splitbrain::consistency::format::{Format, read};
use splitbrain::consistency::history::{End, Kind, MISMATCH, Operation, Value};
use splitbrain::consistency::linearizable::translate::{Model, translate};
use splitbrain::consistency::linearizable::turns::{Limits, Verdict, judge};

fn operations(text: &str) -> Vec<Operation> {
    read(text, None).unwrap_or_else(|bad| panic!("{bad}: {text}")).operations
}

#[test]
fn jepsens_log_lines_are_read() {
    let text = "INFO  jepsen.core - Worker 0 starting\n\
        INFO  jepsen.util - 0\t:invoke\t:read\tnil\n\
        INFO  jepsen.util - :nemesis\t:info\t:start\tnil\n\
        INFO  jepsen.util - 1\t:invoke\t:cas\t[0 3]\n\
        INFO  jepsen.util - 2\t:invoke\t:write\t4\n\
        INFO  jepsen.util - 0\t:ok\t:read\t0\n\
        INFO  jepsen.util - 1\t:fail\t:cas\t[0 3]\n\
        INFO  jepsen.util - 2\t:info\t:write\t:timed-out\n";
    let found = operations(text);
    let mismatch = Some(Value::Word(MISMATCH.to_owned()));
    let ends: Vec<End> = found.iter().map(|operation| operation.end.clone()).collect();
    assert_eq!(ends, [End::Done(Value::Int(0)), End::Failed(mismatch), End::Unknown]);
    assert_eq!(found[1].asked, Value::List(vec![Value::Int(0), Value::Int(3)]));
    assert_eq!((found[0].line, found[0].end_line, found[0].call, found[0].ret), (2, Some(6), 0, Some(3)));
    assert_eq!((found[2].asked.clone(), found[2].ret, found[2].end_line), (Value::Int(4), None, Some(8)));
}

#[test]
fn edn_is_read_line_by_line_in_a_vector_and_tagged() {
    let invoke = "{:index 0, :time 12, :process 0, :type :invoke, :f :txn, :value [[:append 3 1] [:r 3 nil]]}";
    let ok = "{:index 1, :time 15, :process 0, :type :ok, :f :txn, :value [[:append 3 1] [:r 3 [1]]]}";
    let nemesis = "{:process :nemesis, :type :info, :f :kill, :value #{\"n1\"}}";
    let plain = operations(&format!("{invoke}\n{nemesis}\n{ok}\n"));
    assert_eq!(plain.len(), 1);
    assert_eq!((plain[0].time, plain[0].end_time, plain[0].f.as_str()), (Some(12), Some(15), "txn"));
    let End::Done(value) = &plain[0].end else { panic!("it happened") };
    assert_eq!(value.to_string(), "[[:append 3 1] [:r 3 [1]]]");
    let wrapped = operations(&format!("; a comment\n[{invoke}\n {nemesis}, \n {ok}]\n"));
    assert_eq!((wrapped[0].line, wrapped[0].end_line), (2, Some(4)));
    let tagged = operations(&format!("#jepsen.history.Op{invoke}\n#jepsen.history.Op{ok}"));
    assert_eq!(tagged, operations(&format!("{invoke}\n{ok}")));
}

#[test]
fn a_history_of_many_objects_is_taken_apart_by_key() {
    let text = "{:process 0, :type :invoke, :f :read, :value [7 nil]}\n\
        {:process 1, :type :invoke, :f :cas, :value [7 [1 2]]}\n\
        {:process 0, :type :ok, :f :read, :value [7 1]}\n\
        {:process 1, :type :fail, :f :cas, :value [7 [1 2]]}\n";
    let found = operations(text);
    assert_eq!((found[0].key.clone(), found[0].asked.clone()), (Some(Value::Int(7)), Value::Nil));
    assert_eq!(found[1].asked.to_string(), "[1 2]");
    assert_eq!(found[0].end, End::Done(Value::Int(1)));
    // In EDN a failed operation only says that it did not happen.
    assert_eq!(found[1].end, End::Failed(None));
}

/// A log of many objects too: else what was read of one would be held against what was written to another.
#[test]
fn a_log_of_many_objects_is_taken_apart_by_key() {
    let line = |kind: &str, f: &str, value: &str| format!("INFO  jepsen.util - 0\t:{kind}\t:{f}\t{value}\n");
    let both = |(f, asked, told): (&str, &str, &str)| line("invoke", f, asked) + &line("ok", f, told);
    let events = [("write", "[7 1]", "[7 1]"), ("write", "[8 2]", "[8 2]"), ("read", "[7 nil]", "[7 1]")];
    let history = read(&events.map(both).concat(), None).unwrap();
    let parts = translate(&history, Model::Register).unwrap();
    assert_eq!(parts.len(), 2);
    assert_eq!(judge(&parts, Limits::PATIENT).verdict, Verdict::Holds);
}

/// Where nothing is read, only swaps tell that values are taken apart by key.
#[test]
fn a_history_of_many_objects_may_have_no_reads() {
    let event = |kind: &str, f: &str, value: &str| format!("{{:process 0, :type :{kind}, :f :{f}, :value {value}}}\n");
    let both = |(f, value): (&str, &str)| event("invoke", f, value) + &event("ok", f, value);
    let text: String = [("write", "[7 1]"), ("cas", "[7 [1 2]]")].map(both).concat();
    let found = operations(&text);
    assert_eq!((found[1].key.clone(), found[1].asked.to_string()), (Some(Value::Int(7)), "[1 2]".to_owned()));
    // A register of pairs is one register.
    let text: String = [("write", "[1 2]"), ("cas", "[[1 2] [3 4]]")].map(both).concat();
    assert_eq!(operations(&text)[1].key, None);
}

/// What stands around events and is none: a mark of byte order, other ends of lines, comments, forms left out, brackets
/// in strings and characters.
#[test]
fn what_surrounds_events_is_passed_over() {
    let invoke = r#"{:process 0, :type :invoke, :f :write, :value "a [ \" ; {", :note \[}"#;
    let ok = r#"{:process 0, :type :ok, :f :write, :value nil, :trace [[java.Foo$Bar <init> "A.java" 22]]}"#;
    let text = format!("\u{feff}; ( comment\r\n{invoke}\r\n#_{{:no :event}} {ok} #_[]");
    let found = operations(&text);
    assert_eq!((found.len(), found[0].line, found[0].end_line), (1, 2, Some(3)));
    assert_eq!(found[0].asked, Value::Text(r#"a [ " ; {"#.to_owned()));
    let text = "\u{feff}{\"process\":0,\"type\":\"invoke\",\"op\":\"get k1\"}\r\n";
    assert_eq!((Format::of(text), operations(text).len()), (Ok(Format::JsonLines), 1));
}

/// A word does not say whether it is a number or a string; the answers do.
#[test]
fn words_are_compared_with_answers_as_what_those_are() {
    let holds = |puts: &[&str], answer: &str| {
        let line = |kind: &str, op: &str, value: &str| {
            format!("{{\"process\":0,\"type\":\"{kind}\",\"op\":\"{op}\",\"value\":{value}}}\n")
        };
        let mut text: String = puts.iter().map(|op| line("invoke", op, "null") + &line("ok", op, "null")).collect();
        text += &(line("invoke", "get k1", "null") + &line("ok", "get k1", answer));
        let parts = translate(&read(&text, None).unwrap(), Model::KeyValue).unwrap();
        judge(&parts, Limits::PATIENT).verdict == Verdict::Holds
    };
    for (put, answer) in [
        ("put k1 5", "5"),
        ("put k1 5", "[5]"),
        ("put k1 5", "\"5\""),
        ("put k1 007", "\"007\""),
        ("put k1 5.0", "5.0"),
        ("put k1 18446744073709551615", "18446744073709551615"),
        ("put k1 true", "true"),
        ("put k1 a", "\"a\""),
    ] {
        assert!(holds(&[put], answer), "{put}: {answer}");
        assert!(!holds(&["put k1 6"], answer), "put k1 6: {answer}");
    }
    assert!(holds(&["append k1 12", "append k1 34"], "\"1234\""));
    assert!(holds(&["append k1 12", "append k1 34"], "[12,34]"));
    assert!(!holds(&["append k1 12", "append k1 34"], "\"3412\""));
}

#[test]
fn our_own_lines_are_read() {
    let text = r#"{"time_ns":5,"process":0,"request":"c1#1","type":"invoke","op":"cas k1 4 5"}
{"time_ns":6,"process":1,"request":"c2#1","type":"invoke","op":"get k2"}
{"time_ns":7,"process":0,"request":"c1#1","type":"ok","op":"cas k1 4 5","value":false}
{"time_ns":8,"process":1,"request":"c2#1","type":"ok","op":"get k2","value":[3,4]}"#;
    assert_eq!(Format::of(text), Ok(Format::JsonLines));
    let found = operations(text);
    assert_eq!((found[0].f.as_str(), found[0].key.clone()), ("cas", Some(Value::Text("k1".to_owned()))));
    assert_eq!(found[0].asked.to_string(), "[4 5]");
    assert_eq!(found[0].end, End::Done(Value::Bool(false)));
    assert_eq!(found[1].end, End::Done(Value::List(vec![Value::Int(3), Value::Int(4)])));
    assert_eq!((found[1].time, found[1].end_time), (Some(6), Some(8)));
}

#[test]
fn a_line_that_is_wrong_is_named() {
    let edn = "{:process 0, :type :invoke, :f :read}\n";
    let deep = format!("{edn}{{:process 1, :type :invoke, :f :write, :value {}", "[".repeat(200_000));
    let deep_closed =
        format!("{edn}{{:process 1, :type :invoke, :f :write, :value {}{}}}", "[".repeat(5000), "]".repeat(5000));
    let deep_maps = format!("{edn}{{:value {}1{}}}", "{1 ".repeat(100_000), "}".repeat(100_000));
    let tags = format!("{edn}{}{{:process 1, :type :invoke, :f :read}}", "#a ".repeat(100_000));
    let log_deep = format!("INFO  jepsen.util - 0 :invoke :write {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let timed = "{:process 0, :type :invoke, :f :read, :time 5}\n";
    let wrote = "{:process 0, :type :invoke, :f :write, :value 1}\n{:process 0, :type :ok, :f :write, :value 2}";
    let cases: &[(&str, u32, &str)] = &[
        ("", 1, "expected a history"),
        ("hello\n", 1, "of no format that is known"),
        ("INFO  jepsen.util - 0\t:invoke\t:read\tnil\nnoise\n", 2, "no line of a log"),
        ("INFO  jepsen.util - x\t:invoke\t:read\tnil\n", 1, "`x` is no process"),
        ("INFO  jepsen.util - 0\t:begin\t:read\tnil\n", 1, "expected `:invoke`, `:ok`"),
        ("INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2\n", 1, "is no value"),
        ("INFO  jepsen.util - 0\t:invoke\t:read\n", 1, "has no value"),
        ("INFO  jepsen.core - starting\n", 1, "no operation of a client"),
        (&format!("{edn}{edn}"), 2, "what it asked on line 1 is still open"),
        (&format!("{edn}{{:process 1, :type :ok, :f :read}}"), 2, "no operation open"),
        (&format!("{edn}{{:process 0, :type :ok, :f :write}}"), 2, "asked `read` on line 1"),
        (&format!("{edn}{{:process 0, :type :done, :f :read}}"), 2, "expected `:invoke`"),
        (&format!("{edn}{{:process 0, :type :ok"), 2, "column 1: this `{` is never closed: expected `}`"),
        (&format!("[{edn} {{:process 0, :type :ok\n\n"), 2, "column 2: this `{` is never closed: expected `}`"),
        (&format!("{edn}{{:process 0, :f \"read}}\n"), 2, "column 17: this string is never closed"),
        (&format!("{edn}}}"), 2, "column 1: this `}` closes nothing"),
        (&format!("{edn}{{:value [1 2}}"), 2, "column 13: this `}` cannot close a `[`: expected `]`"),
        (&format!("{edn}42"), 2, "expected a map"),
        (&format!("[{edn}"), 1, "column 1: this `[` is never closed: expected `]`"),
        (
            &format!("{edn}  {{:process 0, :process 1, :type :ok}}"),
            2,
            "column 26: this is no EDN: a key stands twice in one map",
        ),
        (&format!("{edn}{{:process 0x, :type :ok}}"), 2, "column 11: this is no EDN: a number is none"),
        (&format!("{edn}{{:value 99999999999999999999}}"), 2, "needs more than 64 bits"),
        (&format!("{edn}{{:process -1, :type :ok, :f :read}}"), 2, "`:process` is `-1`: expected a number from 0"),
        (&format!("{edn}{{:process 0, :type :ok, :f 7}}"), 2, "`:f` is `7`: expected a keyword"),
        (&format!("{edn}#_"), 2, "it ends where a form is expected"),
        (&format!("{edn}{{:process 0 :type}}"), 2, "it ends where a form is expected"),
        (&deep, 2, "nested more than"),
        (&deep_closed, 2, "nested more than"),
        (&deep_maps, 2, "nested more than"),
        (&tags, 2, "more than 16 tags"),
        (&log_deep, 1, "is no value: brackets are nested more than"),
        (
            &format!("{timed}{{:process 0, :type :ok, :f :read, :time 4}}"),
            2,
            "it ends at 4, but was asked at 5, on line 1",
        ),
        (wrote, 2, "`write` of 1 on line 1 ends as one of 2: expected 1 or nil"),
        (
            "[\n {\"process\":0,\"type\":\"invoke\",\"op\":\"get k1\"}]",
            1,
            "an array of JSON: expected one object a line",
        ),
        (r#"{"process":0,"type":"invoke"}"#, 1, "missing field `op`"),
        (r#"{"process":-1,"type":"invoke","op":"get k1"}"#, 1, "expected u64"),
        (r#"{"process":0,"type":"begin","op":"get k1"}"#, 1, "expected invoke, ok, fail or info"),
    ];
    for (text, line, message) in cases {
        let bad = read(text, None).expect_err(message);
        assert_eq!(bad.line, *line, "{bad}");
        assert!(bad.message.contains(message), "`{bad}` does not say `{message}`");
    }
}

/// All recorded histories are read whole: every line is an event of a client.
#[test]
fn recorded_histories_are_read() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/histories");
    for file in std::fs::read_to_string(format!("{root}/expected.tsv")).unwrap().lines().skip(1) {
        let file = file.split('\t').next().unwrap();
        let text = std::fs::read_to_string(format!("{root}/{file}")).unwrap();
        let history = read(&text, None).unwrap_or_else(|bad| panic!("{file}: {bad}"));
        assert_eq!(history.events.len(), text.lines().count(), "{file}");
        assert!(history.events.iter().any(|event| event.kind == Kind::Ok), "{file}");
    }
}
