#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use pgward_ledger::canonical::Canonical;
use pgward_ledger::flaw::Wrong;
use pgward_ledger::verify::{Beginning, Standing, Trust, Verification};
use tempfile::TempDir;

use super::layout::{HEAD, TAIL};
use super::*;

const NOW: &str = "2026-11-22T07:00:00Z";

fn record(number: u64) -> Record {
    Record::new("test", NOW, "ada", "subject", Canonical::map([("number", number.into())])).unwrap()
}

fn opening() -> Opening {
    Opening { segment_bytes_max: 2_000, ..Opening::default() }
}

fn open(folder: &Path) -> Result<Ledger, LedgerError> {
    Ledger::open(folder, opening(), NOW)
}

/// What a stranger with the public key and the head would see.
fn verified(folder: &Path) -> Verification {
    let keys = vec![public_key(&folder.join("key.pub")).unwrap()];
    let heads = read::head(&folder.join(HEAD)).unwrap().into_iter().collect();
    let segments = read::segments(folder).unwrap();
    read::verify(&segments, Trust { keys, heads, beginning: Beginning::First }).unwrap()
}

fn last_segment(folder: &Path) -> PathBuf {
    read::segments(folder).unwrap().pop().unwrap()
}

/// A ledger of some batches in some segments.
fn written(batches: u64) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(folder.path()).unwrap();
    for number in 0..batches {
        ledger.append(vec![record(number), record(number)], NOW).unwrap();
    }
    folder
}

#[test]
fn nothing_is_written_to_a_file_that_was_taken_away() {
    let removed = |path: &Path| fs::remove_file(path).unwrap();
    let moved = |path: &Path| fs::rename(path, path.with_extension("old")).unwrap();
    let replaced = |path: &Path| {
        let text = fs::read(path).unwrap();
        fs::rename(path, path.with_extension("old")).unwrap();
        fs::write(path, text).unwrap();
    };
    for take_away in [&removed as &dyn Fn(&Path), &moved, &replaced] {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = open(folder.path()).unwrap();
        ledger.append(vec![record(1)], NOW).unwrap();
        take_away(&last_segment(folder.path()));
        ledger.write(vec![record(2)], NOW).unwrap_err();
        // Nor does it begin again as if nothing had been.
        ledger.append(vec![record(3)], NOW).unwrap_err();
    }
}

#[test]
fn what_is_appended_is_verified_and_goes_on_after_opening_again() {
    let folder = written(6);
    let mut ledger = open(folder.path()).unwrap();
    let key = ledger.public_key().clone();
    ledger.append(vec![record(7)], NOW).unwrap();
    drop(ledger);
    let found = verified(folder.path());
    assert_eq!((found.standing(), found.records), (Standing::Intact, 13));
    assert!(found.segments > 2, "segments are rotated");
    assert_eq!(public_key(&folder.path().join("key.pub")).unwrap(), key);
}

/// What a loss of power may leave of the head: an earlier one, nothing in it, or no such file.
#[test]
fn a_head_that_stayed_behind_is_brought_up_to_date_when_the_ledger_is_opened() {
    let folder = written(6);
    let head = folder.path().join(HEAD);
    let of_another = fs::read_to_string(written(2).path().join(HEAD)).unwrap();
    let earlier = {
        let mut ledger = open(folder.path()).unwrap();
        let before = fs::read_to_string(&head).unwrap();
        ledger.append(vec![record(7)], NOW).unwrap();
        before
    };
    let last = fs::read_to_string(&head).unwrap();
    for left in [earlier.as_bytes(), b"", &[0; 300]] {
        fs::write(&head, left).unwrap();
        assert_eq!(verified(folder.path()).standing(), Standing::Intact);
        drop(open(folder.path()).unwrap());
        assert_eq!(fs::read_to_string(&head).unwrap(), last);
    }
    fs::remove_file(&head).unwrap();
    drop(open(folder.path()).unwrap());
    assert_eq!(fs::read_to_string(&head).unwrap(), last);
    // One of another ledger is nobody's loss of power.
    fs::write(&head, of_another).unwrap();
    assert!(matches!(open(folder.path()), Err(LedgerError::Broken { .. })));
}

/// Every reader sees the head of what was acknowledged, at once.
#[test]
fn the_head_beside_the_segments_is_that_of_the_last_append() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(folder.path()).unwrap();
    for number in 0..20 {
        let head = ledger.append(vec![record(number)], NOW).unwrap().to_string();
        assert_eq!(read::head(&folder.path().join(HEAD)).unwrap(), Some(head));
    }
}

#[test]
fn the_key_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = written(1);
    let key = folder.path().join("key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(last_segment(folder.path())).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(open(folder.path()), Err(LedgerError::Key { .. })));
}

#[test]
fn two_do_not_write_at_once() {
    let folder = written(1);
    let first = open(folder.path()).unwrap();
    let impatient = Opening { patience: Duration::from_millis(50), ..opening() };
    let second = Ledger::open(folder.path(), impatient, NOW);
    assert!(matches!(second, Err(LedgerError::Busy { .. })));
    drop(first);
    open(folder.path()).unwrap();
}

#[test]
fn a_write_that_was_cut_at_any_byte_is_put_aside_and_said() {
    let folder = written(3);
    let before = fs::read(last_segment(folder.path())).unwrap().len();
    let head = fs::read(folder.path().join(HEAD)).unwrap();
    let mut ledger = Ledger::open(folder.path(), Opening::default(), NOW).unwrap();
    let path = last_segment(folder.path());
    ledger.append(vec![record(9)], NOW).unwrap();
    drop(ledger);
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() > before);
    for length in before + 1..whole.len() {
        // As a crash leaves it: the head speaks of the batch before.
        let copy = tempfile::tempdir().unwrap();
        copy_folder(folder.path(), copy.path());
        let cut = last_segment(copy.path());
        fs::write(&cut, &whole[..length]).unwrap();
        fs::write(copy.path().join(HEAD), &head).unwrap();
        assert_eq!(verified(copy.path()).standing(), Standing::Torn, "{length}");
        drop(open(copy.path()).unwrap());
        let found = verified(copy.path());
        assert_eq!((found.standing(), found.records), (Standing::Intact, 7), "{length}");
        assert!(fs::read_to_string(last_segment(copy.path())).unwrap().contains("ledger.mended"));
        let aside: Vec<_> = fs::read_dir(copy.path().join("torn")).unwrap().collect();
        let aside = fs::read(aside[0].as_ref().unwrap().path()).unwrap();
        assert_eq!(aside, &whole[before..length]);
    }
}

#[test]
fn a_segment_gets_nothing_more_once_it_is_old_or_long() {
    let folder = tempfile::tempdir().unwrap();
    let count = || read::segments(folder.path()).unwrap().len();
    let opening = || Opening { segment_age_max: Duration::from_secs(3600), ..Opening::default() };
    let mut ledger = Ledger::open(folder.path(), opening(), NOW).unwrap();
    for (now, segments) in [
        (NOW, 1),
        ("2026-11-22T07:59:59.999999Z", 1),
        ("2026-11-22T08:00:00Z", 2),
        // A clock that goes back begins none.
        (NOW, 2),
        ("2026-11-22T08:59:59Z", 2),
    ] {
        ledger.append(vec![record(1)], now).unwrap();
        assert_eq!(count(), segments, "{now}");
    }
    drop(ledger);
    // Whoever opens it again knows when it was begun.
    let mut ledger = Ledger::open(folder.path(), opening(), "2026-11-22T09:00:00Z").unwrap();
    ledger.append(vec![record(2)], "2026-11-22T09:00:00Z").unwrap();
    assert_eq!(count(), 3);
    drop(ledger);
    assert_eq!(verified(folder.path()).standing(), Standing::Intact);
}

#[test]
fn a_new_segment_that_was_not_written_is_made_again() {
    let folder = written(3);
    for begun in ["", "{\"format\":"] {
        let next = format!("{:08}.jsonl", read::segments(folder.path()).unwrap().len() + 1);
        fs::write(folder.path().join(ENTRIES).join(&next), begun).unwrap();
        assert_eq!(verified(folder.path()).standing(), Standing::Torn);
        drop(open(folder.path()).unwrap());
        assert_eq!(verified(folder.path()).standing(), Standing::Intact);
    }
}

#[test]
fn nothing_is_added_to_a_ledger_that_was_tampered_with() {
    let tampered = |change: &dyn Fn(&Path)| {
        let folder = written(6);
        change(folder.path());
        match open(folder.path()) {
            Err(LedgerError::Broken { flaws, .. }) => flaws[0].what.clone(),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("opened"),
        }
    };
    let edited = tampered(&|folder| {
        let path = last_segment(folder);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen("\"ada\"", "\"eve\"", 1)).unwrap();
    });
    assert!(matches!(edited, Wrong::Changed { .. }), "{edited}");
    let cut = tampered(&|folder| fs::remove_file(last_segment(folder)).unwrap());
    assert!(matches!(cut, Wrong::Cut { .. }), "{cut}");
    let cut = tampered(&|folder| {
        let path = last_segment(folder);
        let text = fs::read_to_string(&path).unwrap();
        let end = text.trim_end().rfind('\n').unwrap() + 1;
        fs::write(&path, &text[..end]).unwrap();
    });
    assert!(matches!(cut, Wrong::Cut { .. }), "{cut}");
    let gone = tampered(&|folder| fs::remove_dir_all(folder.join(ENTRIES)).unwrap());
    assert!(matches!(gone, Wrong::Empty), "{gone}");
}

#[test]
fn a_witness_knows_what_the_machine_itself_has_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let witness = tempfile::tempdir().unwrap();
    let seen = Opening { witnesses: vec![witness.path().to_owned().into()], ..opening() };
    let mut ledger = Ledger::open(folder.path(), seen.clone(), NOW).unwrap();
    ledger.append(vec![record(1)], NOW).unwrap();
    let backup = tempfile::tempdir().unwrap();
    copy_folder(folder.path(), backup.path());
    ledger.append(vec![record(2)], NOW).unwrap();
    drop(ledger);
    // The whole folder, its head too, is set back.
    let error = Ledger::open(backup.path(), seen.clone(), NOW).err().unwrap();
    let LedgerError::Broken { flaws, .. } = error else { panic!("{error}") };
    assert!(matches!(flaws[0].what, Wrong::Cut { .. }), "{:?}", flaws[0]);
    // Nobody but the witness could have known.
    assert_eq!(verified(backup.path()).standing(), Standing::Intact);
    Ledger::open(folder.path(), seen, NOW).unwrap();
}

#[test]
fn what_no_witness_can_be_told_is_not_promised() {
    let folder = tempfile::tempdir().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let blocked = Opening { witnesses: vec![file.path().join("folder").into()], ..opening() };
    assert!(matches!(Ledger::open(folder.path(), blocked, NOW), Err(LedgerError::Io { .. })));

    let witness = tempfile::tempdir().unwrap();
    let seen = Opening { witnesses: vec![witness.path().join("folder").into()], ..opening() };
    let mut ledger = Ledger::open(folder.path(), seen, NOW).unwrap();
    ledger.append(vec![record(1)], NOW).unwrap();
    fs::remove_dir_all(witness.path()).unwrap();
    fs::write(witness.path(), "in the way").unwrap();
    assert!(matches!(ledger.append(vec![record(2)], NOW), Err(LedgerError::Io { .. })));
    assert_eq!(ledger.size(), 5, "the record is there; nobody may act on it");
    fs::remove_file(witness.path()).unwrap();
    ledger.append(vec![record(3)], NOW).unwrap();
    drop(ledger);
    assert_eq!(verified(folder.path()).standing(), Standing::Intact);
}

/// Not a test of its own: what the two tests below start and kill. It appends, and says what was acknowledged.
#[test]
fn child_that_appends() {
    let Some(folder) = std::env::var_os("PGWARD_TEST_LEDGER") else { return };
    let limited = std::env::var_os("PGWARD_TEST_LEDGER_LIMITED").is_some();
    let segment_bytes_max = if limited { 1 << 30 } else { 3_000 };
    let mut ledger =
        Ledger::open(Path::new(&folder), Opening { segment_bytes_max, ..opening() }, NOW).unwrap();
    let mut refused = 0;
    let only_writes = std::env::var_os("PGWARD_TEST_LEDGER_WRITES").is_some();
    for number in 0.. {
        let records = vec![record(number), record(number)];
        let added = if only_writes && number % 50 > 0 {
            ledger.write(records, NOW)
        } else {
            ledger.append(records, NOW).map(drop)
        };
        match added {
            Ok(()) => println!("\nacknowledged {}", ledger.size()),
            Err(error) => {
                println!("\nrefused {error}");
                refused += 1;
                if refused == 3 {
                    return;
                }
            }
        }
    }
}

fn child(mut command: Command, folder: &Path) -> Child {
    command.args(["--exact", "ledger::tests::child_that_appends", "--nocapture"]);
    command.env("PGWARD_TEST_LEDGER", folder).stdout(Stdio::piped()).spawn().unwrap()
}

fn acknowledged(child: &mut Child) -> (u64, Vec<String>) {
    let (mut last, mut refused) = (0, Vec::new());
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        if let Some(size) = line.strip_prefix("acknowledged ") {
            last = size.parse().unwrap();
        } else if let Some(why) = line.strip_prefix("refused ") {
            refused.push(why.to_owned());
        }
    }
    (last, refused)
}

#[test]
fn killed_at_any_instant_it_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (mut torn, mut any) = (0, 0);
    for round in 0..40_u64 {
        let mut running = child(Command::new(std::env::current_exe().unwrap()), folder.path());
        std::thread::sleep(Duration::from_millis(30 + round * 7 % 61));
        running.kill().unwrap();
        let (last, _) = acknowledged(&mut running);
        running.wait().unwrap();
        any += u64::from(last > 0);
        if !folder.path().join("key.pub").exists() {
            continue;
        }
        let found = verified(folder.path());
        assert!(
            found.flaws.iter().all(|flaw| found.entries == 0 && flaw.what == Wrong::Empty),
            "{:?}",
            found.flaws
        );
        torn += u64::from(found.standing() == Standing::Torn);
        assert!(found.entries >= last, "{} entries, {last} acknowledged", found.entries);
        drop(open(folder.path()).unwrap());
        let found = verified(folder.path());
        assert!(found.entries == 0 || found.standing() == Standing::Intact, "{:?}", found.flaws);
        assert!(found.entries >= last);
    }
    assert!(any > 0, "the child never got to write");
    println!("{torn} torn, {} with acknowledged writes", any);
}

/// What is written is signed by whoever opens the ledger next: to the last entry that was acknowledged, and no other.
#[test]
fn killed_at_any_instant_it_loses_nothing_that_was_only_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut continued = 0;
    for round in 0..40_u64 {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env("PGWARD_TEST_LEDGER_WRITES", "1");
        let mut running = child(command, folder.path());
        std::thread::sleep(Duration::from_millis(30 + round * 7 % 61));
        running.kill().unwrap();
        let (last, _) = acknowledged(&mut running);
        running.wait().unwrap();
        if !folder.path().join("key.pub").exists() {
            continue;
        }
        let found = verified(folder.path());
        assert!(
            found.flaws.iter().all(|flaw| found.entries == 0 && flaw.what == Wrong::Empty),
            "{:?}",
            found.flaws
        );
        drop(open(folder.path()).unwrap());
        let found = verified(folder.path());
        assert!(found.entries == 0 || found.standing() == Standing::Intact, "{:?}", found.flaws);
        assert!(found.entries >= last, "{} entries, {last} acknowledged", found.entries);
        if let Some(segment) = read::segments(folder.path()).unwrap().last() {
            continued += u64::from(fs::read_to_string(segment).unwrap().contains("ledger.continued"));
        }
    }
    assert!(continued > 0, "no writer was killed between two checkpoints");
}

#[test]
fn what_was_written_and_not_signed_is_signed_when_the_ledger_is_opened_and_what_was_not_marked_is_not() {
    let before = |folder: &Path| {
        let mut ledger = Ledger::open(folder, Opening::default(), NOW).unwrap();
        ledger.append(vec![record(1)], NOW).unwrap();
        ledger.write(vec![record(2)], NOW).unwrap();
        ledger.write(vec![record(3)], NOW).unwrap();
    };
    let opened = |folder: &Path| {
        drop(open(folder).unwrap());
        let found = verified(folder);
        assert_eq!(found.standing(), Standing::Intact, "{:?}", found.flaws);
        let text = fs::read_to_string(last_segment(folder)).unwrap();
        (1..=4).filter(|number| text.contains(&format!("\"number\":{number}"))).collect::<Vec<u64>>()
    };
    let folder = tempfile::tempdir().unwrap();
    before(folder.path());
    assert_eq!(verified(folder.path()).standing(), Standing::Torn);
    assert_eq!(opened(folder.path()), [1, 2, 3]);

    // Somebody without the key adds an entry that fits: it is nobody's.
    let folder = tempfile::tempdir().unwrap();
    before(folder.path());
    let text = fs::read(last_segment(folder.path())).unwrap();
    let mut chain = Chain::new(public_key(&folder.path().join("key.pub")).unwrap().name().clone());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        chain.follow(None, pgward_ledger::hash::entry(line.strip_suffix(b"\n").unwrap()));
    }
    let mut added = String::new();
    chain.append_to(record(4), &mut added);
    fs::write(last_segment(folder.path()), [&text[..], added.as_bytes()].concat()).unwrap();
    assert_eq!(opened(folder.path()), [1, 2, 3]);

    // Without a mark, or with one that was changed, nothing behind the checkpoint is believed.
    for mark in [None, Some(1_usize)] {
        let folder = tempfile::tempdir().unwrap();
        before(folder.path());
        let tail = folder.path().join(TAIL);
        match mark {
            None => fs::remove_file(&tail).unwrap(),
            Some(at) => {
                let mut line = fs::read(&tail).unwrap();
                let last = line.len() - 1 - at;
                line[last] ^= 1;
                fs::write(&tail, line).unwrap();
            }
        }
        assert_eq!(opened(folder.path()), [1]);
    }
}

#[test]
fn what_is_written_is_sealed_later_and_a_segment_ends_with_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(folder.path()).unwrap();
    for number in 0..60 {
        ledger.write(vec![record(number)], NOW).unwrap();
        if number % 20 == 19 {
            let head = ledger.seal(Vec::new(), NOW).unwrap().unwrap().settle().unwrap().to_string();
            assert_eq!(read::head(&folder.path().join(HEAD)).unwrap(), Some(head));
            assert!(ledger.seal(Vec::new(), NOW).unwrap().is_none(), "there is nothing new to sign");
        }
    }
    drop(ledger);
    let found = verified(folder.path());
    assert_eq!((found.standing(), found.records), (Standing::Intact, 60));
    assert!(found.segments > 1, "segments are rotated");
}

#[test]
fn a_full_disk_refuses_and_leaves_nothing_half() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("sh");
    // No file may grow beyond 16 kB: the write fails in the middle, as on a full disk.
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 32; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap());
    shell.env("PGWARD_TEST_LEDGER_LIMITED", "1");
    let mut running = child(shell, folder.path());
    let (last, refused) = acknowledged(&mut running);
    assert!(running.wait().unwrap().success());
    assert!(last > 0, "nothing fits");
    assert_eq!(refused.len(), 3, "it refuses as long as there is no room, and says so");
    assert!(refused[0].starts_with("cannot write "), "{}", refused[0]);
    let found = verified(folder.path());
    assert_eq!((found.standing(), found.entries), (Standing::Intact, last));
    let mut ledger = open(folder.path()).unwrap();
    ledger.append(vec![record(1)], NOW).unwrap();
    drop(ledger);
    assert_eq!(verified(folder.path()).standing(), Standing::Intact);
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
