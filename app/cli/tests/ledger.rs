//! Two verifiers that share no code say the same of every ledger, whole or tampered with.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgward_ledger::canonical::Canonical;
use pgward_ledger::chain::Chain;
use pgward_ledger::entry::{Entry, Matter};
use pgward_ledger::key::{KeyName, SigningKey};
use pgward_ledger::record::Record;
use pgward_store::ledger::{Ledger, Opening};
use tempfile::TempDir;

const NOW: &str = "2026-11-22T07:00:00Z";

/// The segments of a ledger with its key and head kept elsewhere, and what one is left with after somebody was at it.
struct Case {
    files: Vec<String>,
    key: PathBuf,
    heads: Vec<PathBuf>,
}

fn record(number: u64) -> Record {
    let body = Canonical::map([("number", number.into()), ("words", "é \u{1f600} \"\\\n".into())]);
    Record::new("test", NOW, "ada", "subject", body).unwrap()
}

/// A ledger of four batches in a few segments.
fn written(folder: &Path) -> Case {
    let opening = Opening { segment_bytes_max: 1_000, ..Opening::default() };
    let mut ledger = Ledger::open(&folder.join("ledger"), opening, NOW).unwrap();
    for number in 0..4 {
        ledger.append(vec![record(number), record(u64::MAX - number)], NOW).unwrap();
    }
    drop(ledger);
    let kept = folder.join("kept");
    fs::create_dir(&kept).unwrap();
    for name in ["key.pub", "head"] {
        fs::copy(folder.join("ledger").join(name), kept.join(name)).unwrap();
    }
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder.join("ledger/entries")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let files: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(files.len() > 2, "segments are rotated");
    Case { files, key: kept.join("key.pub"), heads: vec![kept.join("head")] }
}

/// What both say; they have to agree on the verdict, and on the exit code.
fn both(case: &Case) -> String {
    both_beside(case, None)
}

/// The same, with a head beside the segments.
fn both_beside(case: &Case, head: Option<&Path>) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (index, file) in case.files.iter().enumerate() {
        fs::write(folder.path().join(format!("{:08}.jsonl", index + 1)), file).unwrap();
    }
    if let Some(head) = head {
        fs::copy(head, folder.path().join("head")).unwrap();
    }
    let mut ours = Command::new(env!("CARGO_BIN_EXE_pgward"));
    ours.args(["ledger", "verify", "--format", "json", "--ledger"]).arg(folder.path());
    ours.env("PGWARD_STATE_DIR", folder.path().join("nowhere")).env_remove("PGWARD_LEDGER_WITNESS");
    let mut theirs = Command::new("python3");
    theirs.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/verify_ledger.py")).arg(folder.path());
    for command in [&mut ours, &mut theirs] {
        command.arg("--public-key").arg(&case.key);
        for head in &case.heads {
            command.arg("--head").arg(head);
        }
    }
    let ours = ours.output().unwrap();
    let theirs = theirs.output().expect("python3 is there");
    let said: serde_json::Value = serde_json::from_slice(&ours.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&ours.stderr)));
    let verdict = said["verdict"].as_str().unwrap().to_owned();
    let python = String::from_utf8(theirs.stdout).unwrap();
    let other = python.split(':').next().unwrap();
    assert_eq!(verdict, other, "{said:#}\n{python}{}", String::from_utf8_lossy(&theirs.stderr));
    let code = if verdict == "intact" { Some(0) } else { Some(3) };
    assert_eq!((ours.status.code(), theirs.status.code()), (code, code), "{said:#}\n{python}");
    verdict
}

fn check(case: &Case, expected: &str, what: &str) {
    assert_eq!(both(case), expected, "{what}");
}

fn story() -> (TempDir, Case) {
    let folder = tempfile::tempdir().unwrap();
    let case = written(folder.path());
    (folder, case)
}

#[test]
fn whole_ledgers_are_intact_to_both() {
    let (_folder, mut case) = story();
    check(&case, "intact", "as written");
    case.heads.clear();
    check(&case, "intact", "without a head");
    case.files = vec![case.files.concat()];
    check(&case, "intact", "in one file");
}

#[test]
fn a_cut_end_is_seen_by_both_from_the_head_beside_the_segments() {
    let (_folder, mut case) = story();
    let head = case.heads.remove(0);
    assert_eq!(both_beside(&case, Some(&head)), "intact");
    let whole = case.files.concat();
    let mut lines: Vec<&str> = whole.split_inclusive('\n').collect();
    lines.pop();
    while lines.last().is_some_and(|line| !line.contains("\"checkpoint\"")) {
        lines.pop();
    }
    case.files = vec![lines.concat()];
    assert_eq!(both(&case), "intact", "the batch before is a whole ledger without a head");
    assert_eq!(both_beside(&case, Some(&head)), "broken");
    // A loss of power may leave an empty one, which says as much as none.
    let emptied = tempfile::NamedTempFile::new().unwrap();
    assert_eq!(both_beside(&case, Some(emptied.path())), "intact");
}

#[test]
fn a_head_that_was_taken_away_from_a_ledger_is_missed_by_both() {
    let (folder, case) = story();
    let ledger = folder.path().join("without");
    fs::create_dir_all(ledger.join("entries")).unwrap();
    for (index, file) in case.files.iter().enumerate() {
        fs::write(ledger.join(format!("entries/{:08}.jsonl", index + 1)), file).unwrap();
    }
    let verifiers = || {
        let mut ours = Command::new(env!("CARGO_BIN_EXE_pgward"));
        ours.args(["ledger", "verify", "--ledger"]).arg(&ledger).env_remove("PGWARD_LEDGER_WITNESS");
        ours.env("PGWARD_STATE_DIR", ledger.join("nowhere"));
        let mut theirs = Command::new("python3");
        theirs.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/verify_ledger.py")).arg(&ledger);
        [ours, theirs].map(|mut command| {
            let output = command.arg("--public-key").arg(&case.key).output().unwrap();
            (output.status.code(), String::from_utf8(output.stdout).unwrap())
        })
    };
    for (code, said) in verifiers() {
        assert!(code == Some(3) && said.contains("there is no head"), "{said}");
    }
    fs::copy(&case.heads[0], ledger.join("head")).unwrap();
    for (code, said) in verifiers() {
        assert_eq!(code, Some(0), "{said}");
    }
}

#[test]
fn a_changed_byte_in_any_line_is_seen_by_both() {
    let (_folder, case) = story();
    let whole = case.files.concat();
    let mut start = 0;
    for (number, line) in whole.split_inclusive('\n').enumerate() {
        // Another place in each line; and its end, which joins it to the next one.
        for at in [number * 37 % (line.len() - 1), line.len() - 1] {
            let mut bytes = whole.clone().into_bytes();
            bytes[start + at] = if bytes[start + at] == b'0' { b'1' } else { b'0' };
            // A byte in the middle of a character that is none any more is for the unit tests; here it is text.
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let is_end = start + at + 1 == whole.len();
            let changed = Case { files: vec![text], key: case.key.clone(), heads: case.heads.clone() };
            let verdict = both(&changed);
            // The very last byte is a line's end: without it and without its checkpoint the head says so too.
            assert_eq!(verdict, "broken", "line {number}, byte {at}, end {is_end}");
        }
        start += line.len();
    }
}

#[test]
fn a_removed_or_moved_or_repeated_line_is_seen_by_both() {
    let (_folder, case) = story();
    let whole = case.files.concat();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let with = |lines: Vec<&str>| Case {
        files: vec![lines.concat()],
        key: case.key.clone(),
        heads: case.heads.clone(),
    };
    for at in 0..lines.len() {
        let mut removed = lines.clone();
        removed.remove(at);
        check(&with(removed), "broken", &format!("line {at} removed"));
        let mut repeated = lines.clone();
        repeated.insert((at * 7) % lines.len(), lines[at]);
        check(&with(repeated), "broken", &format!("line {at} repeated"));
        let mut moved = lines.clone();
        moved.swap(at, (at + 1) % lines.len());
        check(&with(moved), "broken", &format!("line {at} moved"));
    }
}

#[test]
fn a_cut_end_is_seen_by_both_when_somebody_kept_the_head() {
    let (_folder, case) = story();
    let whole = case.files.concat();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    for count in 1..=8 {
        let kept = lines[..lines.len() - count].concat();
        let cut = Case { files: vec![kept.clone()], key: case.key.clone(), heads: case.heads.clone() };
        check(&cut, "broken", &format!("{count} lines cut off"));
        let without = Case { files: vec![kept], key: case.key.clone(), heads: Vec::new() };
        // At the end of a batch nothing shows; everywhere else something is half there.
        let ends_with_checkpoint = lines[lines.len() - count - 1].contains("\"checkpoint\"");
        check(
            &without,
            if ends_with_checkpoint { "intact" } else { "torn" },
            &format!("{count} lines, no head"),
        );
    }
    for bytes in [1, 2, 40, 200] {
        let kept = whole[..whole.len() - bytes].to_owned();
        let cut = Case { files: vec![kept.clone()], key: case.key.clone(), heads: case.heads.clone() };
        check(&cut, "broken", &format!("{bytes} bytes cut off, though they had been announced"));
        let torn = Case { files: vec![kept], key: case.key.clone(), heads: Vec::new() };
        check(&torn, "torn", &format!("{bytes} bytes of the last line never came"));
    }
    let mut segments = case.files.clone();
    segments.pop();
    let cut = Case { files: segments, key: case.key.clone(), heads: case.heads.clone() };
    check(&cut, "broken", "the last segment");
    let mut segments = case.files.clone();
    segments.remove(1);
    let cut = Case { files: segments, key: case.key.clone(), heads: Vec::new() };
    check(&cut, "broken", "a segment in the middle");
    let none = Case { files: Vec::new(), key: case.key.clone(), heads: Vec::new() };
    check(&none, "broken", "everything");
    let empty = Case { files: vec![String::new()], key: case.key.clone(), heads: Vec::new() };
    check(&empty, "torn", "an empty file");
}

/// The same entries, one record changed, the chain made anew, and every checkpoint signed by whoever `sign` says.
fn rewritten(case: &Case, key: &SigningKey, resigned: bool) -> Vec<String> {
    let whole = case.files.concat();
    let first = Entry::read(whole.lines().next().unwrap().as_bytes()).unwrap();
    let Matter::Segment(first) = first.matter else { panic!("a ledger begins with a segment") };
    let mut chain = Chain::new(first.ledger);
    let mut text = String::new();
    for line in whole.lines() {
        let entry = Entry::read(line.as_bytes()).unwrap();
        let line = match entry.matter {
            Matter::Segment(_) => chain.begin_segment(NOW),
            Matter::Record(_) if entry.sequence == 5 => chain.append(record(666)),
            Matter::Record(record) => chain.append(record),
            Matter::Checkpoint(_) if resigned => chain.seal(NOW, key).0,
            Matter::Checkpoint(note) => {
                let entry = Entry {
                    sequence: chain.size(),
                    previous: chain.last(),
                    matter: Matter::Checkpoint(note),
                };
                chain.follow(None, pgward_ledger::hash::entry(entry.line().as_bytes()));
                entry.line()
            }
        };
        text.push_str(&line);
        text.push('\n');
    }
    vec![text]
}

#[test]
fn a_rewritten_ledger_and_a_forged_signature_are_seen_by_both() {
    let (_folder, case) = story();
    let name = case.key.as_path();
    let name = fs::read_to_string(name).unwrap().split('+').next().unwrap().to_owned();
    let stranger = SigningKey::from_seed(KeyName::new(&name).unwrap(), &[9; 32]).unwrap();
    let no_heads = |files| Case { files, key: case.key.clone(), heads: Vec::new() };
    check(&no_heads(rewritten(&case, &stranger, true)), "broken", "signed by a stranger of the same name");
    check(&no_heads(rewritten(&case, &stranger, false)), "broken", "rewritten under the old signatures");
    // A stranger's signature with the real key's identifier on it.
    let files = rewritten(&case, &stranger, true).concat();
    let real = case.files.concat();
    let note = |text: &str| text.lines().find(|line| line.contains("\"checkpoint\"")).unwrap().to_owned();
    let encoded =
        |line: &str| line.split("\u{2014} ").nth(1).unwrap().split(' ').nth(1).unwrap()[..5].to_owned();
    let (strange, ours) = (encoded(&note(&files)), encoded(&note(&real)));
    assert_ne!(strange, ours);
    check(
        &no_heads(vec![files.replace(&format!(" {strange}"), &format!(" {ours}"))]),
        "broken",
        "a forged signature",
    );
    // Whoever has the key can write another past; only a head from elsewhere shows it.
    let (other_folder, other) = story();
    let mixed = Case { files: other.files.clone(), key: other.key.clone(), heads: case.heads.clone() };
    check(&mixed, "broken", "a head of another ledger");
    let text = fs::read_to_string(&case.heads[0]).unwrap();
    for (from, to) in [("\u{2014}", "-"), ("Z\n", "Y\n"), ("=\n", "A\n"), ("\n\n", "\n")] {
        let head = other_folder.path().join("head");
        fs::write(&head, text.replacen(from, to, 1)).unwrap();
        let changed = Case { files: case.files.clone(), key: case.key.clone(), heads: vec![head] };
        check(&changed, "broken", &format!("a head with {to:?} for {from:?}"));
    }
}

#[test]
fn what_is_not_canonical_is_seen_by_both() {
    let (_folder, case) = story();
    let whole = case.files.concat();
    for (from, to) in [
        ("{\"actor\"", "{ \"actor\""),
        ("\"seq\":1,", "\"seq\":1.0,"),
        ("\"seq\":1,", "\"seq\":01,"),
        ("\"seq\":1,", "\"seq\":1,\"seq\":1,"),
        ("\"type\":\"record\"", "\"type\":\"record\",\"zzz\":null"),
        ("\"words\":\"é", "\"words\":\"\\u00e9"),
        ("\"words\":\"é", "\"words\":\"\u{65}\u{301}"),
        ("\"kind\":\"test\"", "\"kind\":\"Test\""),
        ("\"kind\":\"test\"", "\"kind\":null"),
        ("\"kind\":\"test\"", "\"kind\":true"),
        ("\n", "\r\n"),
        ("\n", "\n\n"),
        ("{", "\u{feff}{"),
    ] {
        assert!(whole.contains(from), "{from}");
        let changed = Case {
            files: vec![whole.replacen(from, to, 1)],
            key: case.key.clone(),
            heads: case.heads.clone(),
        };
        check(&changed, "broken", &format!("{to:?} for {from:?}"));
    }
}

/// Signed over this record's line, whatever it is: only the line itself can be wrong.
fn signed_over(folder: &Path, record: &str) -> Case {
    let key = SigningKey::from_seed(KeyName::new("pgward-ledger/test").unwrap(), &[7; 32]).unwrap();
    let mut chain = Chain::new(key.public().name().clone());
    let segment = chain.begin_segment(NOW);
    let line = record.replace("PREV", &format!("\"prev\":\"{}\",\"seq\":{}", chain.last(), chain.size()));
    chain.follow(None, pgward_ledger::hash::entry(line.as_bytes()));
    let checkpoint = chain.seal(NOW, &key).0;
    let public = folder.join("key.pub");
    fs::write(&public, key.public().to_string()).unwrap();
    Case { files: vec![format!("{segment}\n{line}\n{checkpoint}\n")], key: public, heads: Vec::new() }
}

#[test]
fn what_is_signed_and_not_canonical_is_seen_by_both() {
    let folder = tempfile::tempdir().unwrap();
    let whole = |kind: &str, body: &str| {
        format!(
            r#"{{"actor":"a","body":{body},"kind":{kind},PREV,"subject":"s","time":"t","type":"record"}}"#
        )
    };
    let check = |expected: &str, line: &str| check(&signed_over(folder.path(), line), expected, line);
    let body = |expected: &str, body: &str| check(expected, &whole("\"k\"", body));
    let nested = |depth: usize| format!("{}{{}}{}", "{\"a\":".repeat(depth - 1), "}".repeat(depth - 1));
    body("intact", &nested(63));
    body("broken", &nested(64));
    body("intact", "{\"\u{20ac}\":1,\"\u{1f600}\":2,\"\u{fb33}\":3}");
    body("broken", "{\"\u{fb33}\":1,\"\u{1f600}\":2}");
    body("intact", r#"{"a":["\b\t\n\f\r\"\\\u0000\u001f/",-1,0,true,false,null,[],{}]}"#);
    body("intact", r#"{"a":9007199254740991,"b":-9007199254740991}"#);
    for wrong in [
        r#"{"a":9007199254740992}"#,
        r#"{"a":-0}"#,
        r#"{"a":01}"#,
        r#"{"a":1.0}"#,
        r#"{"a":1e0}"#,
        r#"{"a":NaN}"#,
        r#"{"a":1,"a":1}"#,
        r#"{"b":1,"a":1}"#,
        r#"{"a": 1}"#,
        r#"{"a":"\u00e9"}"#,
        r#"{"a":"\/"}"#,
        r#"{"a":"\u000a"}"#,
        r#"{"a":"\u001F"}"#,
        r#"{"a":"\ud83d\ude00"}"#,
        r#"{"a":"\ud83d"}"#,
        "[]",
        "1",
        "null",
        "\"a\"",
    ] {
        body("broken", wrong);
    }
    for wrong in ["null", "true", "1", "{}", "[\"k\"]"] {
        check("broken", &whole(wrong, "{}"));
    }
    let right = whole("\"k\"", "{}");
    check("intact", &right);
    for (from, to) in [
        ("\"actor\":\"a\",", ""),
        ("\"time\":\"t\",", ""),
        ("\"record\"", "\"recorder\""),
        ("\"record\"", "\"record\",\"z\":1"),
        ("{\"actor\"", "{\"a\":1,\"actor\""),
        ("\"record\"}", "\"record\"} "),
        ("\"record\"}", "\"record\"}}"),
        ("{\"actor\"", "\u{feff}{\"actor\""),
    ] {
        assert!(right.contains(from), "{from}");
        check("broken", &right.replacen(from, to, 1));
    }
}
