#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::entry::{Entry, Matter};
use crate::fixture::{Ledger, TIME, key, ledger, record, verify, verify_from, words};

/// Five batches in three segments: entries 0-6, 7-13, 14-17.
fn five() -> Ledger {
    ledger(5, 2)
}

fn check(tampered: impl FnOnce(&mut Ledger), expected: Expect) {
    let mut ledger = five();
    let head = ledger.heads.last().cloned();
    tampered(&mut ledger);
    expected.assert_eq(&words(&verify(&ledger.files(), head.as_slice())));
}

#[test]
fn what_was_written_is_intact_and_counted() {
    let ledger = five();
    let found = verify(&ledger.files(), &ledger.heads);
    assert_eq!(words(&found), "Intact\n");
    assert_eq!((found.entries, found.records, found.segments), (18, 10, 3));
    assert_eq!(found.sealed.unwrap().chain.size(), 18);
    let joined = vec![ledger.files().concat()];
    assert_eq!(words(&verify(&joined, &ledger.heads)), "Intact\n");
}

#[test]
fn later_segments_alone_are_intact_to_whoever_expects_no_more() {
    let ledger = five();
    let later = &ledger.files()[1..];
    let heads = &ledger.heads[2..];
    assert_eq!(words(&verify_from(later, heads, Beginning::AnySegment)), "Intact\n");
    let all_heads = words(&verify_from(later, &ledger.heads[..1], Beginning::AnySegment));
    expect![[r#"
        Broken
        the witness's head cannot be used: its checkpoint, entry 3, is not among the entries that are here
    "#]]
    .assert_eq(&all_heads);
    check(
        |ledger| drop(ledger.segments.remove(0)),
        expect![[r#"
            Broken
            entries 0 to 6 were removed
        "#]],
    );
}

#[test]
fn a_changed_entry_is_named() {
    let change = |ledger: &mut Ledger, line: usize| {
        let text = &mut ledger.segments[1][line];
        *text = text.replacen("ada", "eve", 1);
    };
    check(
        |ledger| change(ledger, 1),
        expect![[r#"
            Broken
            2.jsonl:3: entry 8 was changed
        "#]],
    );
    check(
        |ledger| change(ledger, 2),
        expect![[r#"
            Broken
            2.jsonl:4: entry 9 was changed
        "#]],
    );
}

#[test]
fn a_changed_link_is_the_change_of_the_entry_that_has_it() {
    check(
        |ledger| {
            let other = ledger.segments[0][1].clone();
            let prev = |line: &str| line.split_once("\"prev\":\"").unwrap().1[..64].to_owned();
            let text = &mut ledger.segments[1][2];
            *text = text.replacen(&prev(text), &prev(&other), 1);
        },
        expect![[r#"
            Broken
            2.jsonl:3: entry 9 was changed
        "#]],
    );
    check(
        |ledger| {
            let text = &mut ledger.segments[2][3];
            *text = text.replacen("\"prev\":\"", "\"prev\":\"0000", 1);
            let end = text.find("\",\"seq").unwrap();
            text.replace_range(end - 4..end, "");
        },
        expect![[r#"
            Broken
            3.jsonl:4: entry 17 was changed
        "#]],
    );
}

#[test]
fn a_removed_entry_is_named() {
    check(
        |ledger| drop(ledger.segments[1].remove(2)),
        expect![[r#"
            Broken
            entry 9 was removed
        "#]],
    );
    check(
        |ledger| drop(ledger.segments.remove(1)),
        expect![[r#"
            Broken
            entries 7 to 13 were removed
        "#]],
    );
}

#[test]
fn a_cut_end_shows_in_the_head_that_a_witness_keeps() {
    let cut = |count: usize| {
        move |ledger: &mut Ledger| {
            ledger.segments[2].truncate(4 - count);
            ledger.segments.retain(|lines| !lines.is_empty());
        }
    };
    check(
        cut(4),
        expect![[r#"
            Broken
            the end was cut off: a witness has seen 17 entries and the checkpoint over them, and only 14 entries are left
        "#]],
    );
    check(
        cut(1),
        expect![[r#"
            Broken
            the end was cut off: a witness has seen 17 entries and the checkpoint over them, and only 17 entries are left
        "#]],
    );
    // Without a head, whole batches can be cut off unseen; this is what heads are for.
    let mut shorter = five();
    cut(4)(&mut shorter);
    assert_eq!(words(&verify(&shorter.files(), &[])), "Intact\n");
    assert_eq!(words(&verify(&shorter.files(), &five().heads[3..4])), "Intact\n");
}

#[test]
fn entries_that_changed_places_are_named() {
    check(
        |ledger| ledger.segments[1].swap(1, 2),
        expect![[r#"
            Broken
            2.jsonl:3: entry 8 is out of order
        "#]],
    );
    check(
        |ledger| ledger.segments.swap(0, 1),
        expect![[r#"
            Broken
            2.jsonl:1: entry 0 is out of order
            2.jsonl:2: entry 1 is out of order
            2.jsonl:3: entry 2 is out of order
            2.jsonl:4: entry 3 is out of order
            2.jsonl:5: entry 4 is out of order
            2.jsonl:6: entry 5 is out of order
            2.jsonl:7: entry 6 is out of order
        "#]],
    );
}

#[test]
fn an_entry_that_was_put_in_is_named() {
    check(
        |ledger| {
            let copy = ledger.segments[1][1].clone();
            ledger.segments[1].insert(4, copy);
        },
        expect![[r#"
            Broken
            2.jsonl:5: entry 8 stands here a second time, or was put in
        "#]],
    );
    check(
        |ledger| ledger.segments[1].insert(2, "{}".to_owned()),
        expect![[r#"
            Broken
            2.jsonl:3: this line is not an entry as it was written: "seq" is missing or wrong, or something stands beside it that does not belong there
        "#]],
    );
}

#[test]
fn a_chain_that_was_written_anew_does_not_have_the_signed_root() {
    check(
        |ledger| {
            // Everything from entry 8 on is another, fits together, and keeps the checkpoints that were signed.
            let mut chain = Chain::new(key(1).public().name().clone());
            for lines in &mut ledger.segments {
                for line in lines {
                    let entry = Entry::read(line.as_bytes()).unwrap();
                    let sequence = chain.size();
                    *line = match entry.matter {
                        Matter::Segment(_) => chain.begin_segment(TIME),
                        Matter::Record(_) if sequence == 8 => chain.append(record(666)),
                        Matter::Record(record) => chain.append(record),
                        Matter::Checkpoint(note) => {
                            let entry =
                                Entry { sequence, previous: chain.last(), matter: Matter::Checkpoint(note) };
                            chain.follow(None, entry_digest(entry.line().as_bytes()));
                            entry.line()
                        }
                    };
                }
            }
        },
        expect![[r#"
            Broken
            2.jsonl:4: the entries before checkpoint 10 are not those that were signed: they were rewritten
        "#]],
    );
}

#[test]
fn a_ledger_of_another_key_or_another_past_is_known_by_its_head() {
    let another = |seed: u8| {
        let key = key(seed);
        let mut chain = Chain::new(key.public().name().clone());
        let mut lines = vec![chain.begin_segment(TIME)];
        for number in 0..20 {
            lines.push(chain.append(record(number)));
        }
        lines.push(chain.seal(TIME, &key).0);
        Ledger { segments: vec![lines], heads: Vec::new() }
    };
    let head = five().heads[4..].to_vec();
    expect![[r#"
        Broken
        a witness has seen 17 entries, and these are others: the ledger was rewritten or replaced
    "#]]
    .assert_eq(&words(&verify(&another(1).files(), &head)));
    let found = verify(&another(2).files(), &head);
    assert_eq!(found.flaws[0].what.code(), "unknown_key");
    assert_eq!(found.flaws[1].what.code(), "forked");
}

#[test]
fn forged_signatures_and_unknown_keys_are_told_apart() {
    let code = |change: &dyn Fn(&str) -> String| {
        let mut ledger = five();
        let line = &mut ledger.segments[2][3];
        *line = change(line);
        verify(&ledger.files(), &[]).flaws[0].what.code()
    };
    // The last characters of the signature's base64, before its padding.
    let forged = |line: &str| {
        let end = line.find("=\\n\"").unwrap();
        let at = end - 10;
        let other = if &line[at..=at] == "A" { "B" } else { "A" };
        format!("{}{other}{}", &line[..at], &line[at + 1..])
    };
    assert_eq!(code(&forged), "forged");
    assert_eq!(code(&|line: &str| line.replacen("17\\n", "16\\n", 1)), "forged");
    assert_eq!(
        code(&|line: &str| line.replacen("\u{2014} pgward-ledger/test", "\u{2014} pgward-ledger/tess", 1)),
        "unknown_key"
    );
    assert_eq!(code(&|line: &str| line.replacen("\u{2014} ", "- ", 1)), "misplaced");
    let mut ledger = five();
    ledger.heads[4] = ledger.heads[4].replacen("17", "18", 1);
    assert_eq!(verify(&ledger.files(), &ledger.heads).flaws[0].what.code(), "head");
}

#[test]
fn a_write_that_was_cut_short_is_not_tampering() {
    let ledger = five();
    let mut files = ledger.files();
    let whole = files[2].len();
    // The last batch is on its way: nobody was told of it, and no head speaks of it.
    let start: usize = ledger.segments[2][..1].iter().map(|line| line.len() + 1).sum();
    for length in 0..whole {
        files[2].truncate(whole - length);
        let found = verify(&files, &ledger.heads[..4]);
        let expected = if length == 0 { Standing::Intact } else { Standing::Torn };
        assert_eq!(found.standing(), expected, "{length}: {}", words(&found));
        if length > 0 {
            assert_eq!(found.sealed.unwrap().chain.size(), 14, "{length}");
        }
    }
    // With a head over it, it was more than on its way.
    files[2] = ledger.files()[2][..start].to_vec();
    assert_eq!(verify(&files, &ledger.heads).standing(), Standing::Broken);
    // Nothing follows a torn line.
    let mut files = ledger.files();
    files[1].pop();
    assert_eq!(verify(&files, &[]).flaws[0].what.code(), "halved");
}

#[test]
fn nothing_at_all_is_not_intact() {
    assert_eq!(words(&verify(&[], &[])), "Broken\nthere are no entries\n");
    assert_eq!(verify(&[Vec::new()], &[]).standing(), Standing::Torn);
    let garbage = verify(&[b"\n\n{}\n\xff\n".to_vec()], &[]);
    assert_eq!((garbage.standing(), garbage.flaws.len()), (Standing::Broken, 4));
}

fn tampered(files: &[Vec<u8>]) -> bool {
    let ledger = five();
    verify(files, &ledger.heads[4..]).standing() != Standing::Intact
}

#[test]
fn no_bit_of_any_byte_can_be_changed() {
    let ledger = ledger(2, 1);
    let files = ledger.files();
    for (index, file) in files.iter().enumerate() {
        for at in 0..file.len() {
            // One bit of each byte, another from byte to byte.
            let mut changed = files.clone();
            changed[index][at] ^= 1 << (at % 8);
            let standing = verify(&changed, &ledger.heads[1..]).standing();
            assert_ne!(standing, Standing::Intact, "segment {index}, byte {at}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_byte_can_be_changed(segment in 0_usize..3, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut files = five().files();
        let place = at.index(files[segment].len());
        prop_assume!(files[segment][place] != byte);
        files[segment][place] = byte;
        prop_assert!(tampered(&files));
    }

    #[test]
    fn no_entries_can_be_removed(from in 0_usize..18, count in 1_usize..18) {
        let mut kept: Vec<String> = five().segments.concat();
        let to = (from + count).min(kept.len());
        kept.drain(from..to);
        let file = kept.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
        prop_assert!(tampered(&[file]));
    }

    #[test]
    fn no_two_entries_can_change_places(one in 0_usize..18, other in 0_usize..18) {
        prop_assume!(one != other);
        let mut lines: Vec<String> = five().segments.concat();
        lines.swap(one, other);
        let file = lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
        prop_assert!(tampered(&[file]));
    }

    #[test]
    fn nothing_can_be_put_in(at in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 1..40)) {
        let mut file = five().files().concat();
        let place = at.index(file.len() + 1);
        file.splice(place..place, bytes);
        prop_assert!(tampered(&[file]));
    }

    #[test]
    fn no_bytes_can_be_removed(at in any::<prop::sample::Index>(), count in 1_usize..400) {
        let mut file = five().files().concat();
        let place = at.index(file.len());
        let end = (place + count).min(file.len());
        file.drain(place..end);
        prop_assert!(tampered(&[file]));
    }
}
