//! The journal of applies: what was begun, what was about to be committed, how it ended.
//!
//! Each line is on disk before the step it announces is taken, so that after a crash the next call can ask the
//! server what became of the transaction and say so.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// A plan is about to be executed.
    Began {
        /// The plan's digest.
        plan: String,
        /// The fingerprint it was made for.
        before: String,
        /// Whether it is the plan itself or its way back that runs.
        direction: Direction,
        /// When, in RFC 3339.
        at: String,
    },
    /// Everything has been executed and verified; COMMIT comes next.
    Committing {
        /// The plan's digest.
        plan: String,
        /// The database whose transaction it is.
        database: String,
        /// The transaction's id (`pg_current_xact_id`), for `pg_xact_status`.
        transaction: String,
        /// The fingerprint that was read back before the commit.
        after: String,
        /// How many transactions the run has, if that was written down.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transactions: Option<usize>,
    },
    /// It is over.
    Ended {
        /// The plan's digest.
        plan: String,
        /// How.
        ending: Ending,
        /// When, in RFC 3339.
        at: String,
        /// Half way: how far it came, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reached: Option<Reached>,
    },
    /// What was committed of a plan that was cut off half way is taken back by the way back of another.
    Replaced {
        /// The plan's digest.
        plan: String,
        /// The digest of the plan with that way back.
        by: String,
    },
}

/// How far a run came that was cut off half way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reached {
    /// The fingerprint of the state that was committed last.
    pub after: String,
    /// How many of its transactions were committed, from the first.
    pub committed: usize,
}

/// Which way a plan is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The plan.
    Forth,
    /// Its way back.
    Back,
}

/// How an apply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Committed and verified.
    Applied,
    /// Nothing was changed.
    RolledBack,
    /// Some of its transactions were committed, others were not.
    HalfWay,
}

/// An apply that began and of which no end is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The plan's digest.
    pub plan: String,
    /// The fingerprint before.
    pub before: String,
    /// Which way it ran.
    pub direction: Direction,
    /// When it began.
    pub at: String,
    /// The transactions that were about to be committed.
    pub committing: Vec<Committing>,
}

/// A transaction that was about to be committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committing {
    /// In which database.
    pub database: String,
    /// Its id.
    pub transaction: String,
    /// The fingerprint that was read back before the commit.
    pub after: String,
    /// How many transactions the run has, if that was written down.
    pub transactions: Option<usize>,
}

/// A plan that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Its digest.
    pub plan: String,
    /// The fingerprint that was read back when it was applied; of one that was cut off half way, of the state that was committed last.
    pub after: String,
    /// Where it, or its way back, was cut off half way.
    pub half: Option<Half>,
    /// The plan of which it takes back what was committed.
    pub replaces: Option<String>,
}

/// A run that was cut off half way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Half {
    /// Whether it was the plan or its way back.
    pub direction: Direction,
    /// How far it came.
    pub reached: Reached,
}

/// Why the journal could not be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk refused.
    #[error("cannot {what} {path}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A line in the middle is not a line of a journal.
    #[error("line {line} of {path} is damaged; move the file away to go on without its history")]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
    },
    /// A plan that the journal names is not there.
    #[error("no applied plan {digest} is kept in {path}")]
    NoSuchPlan {
        /// Its digest.
        digest: String,
        /// Where it was looked for.
        path: PathBuf,
    },
}

/// The journal of one cluster.
#[derive(Clone, Debug)]
pub struct Journal {
    folder: PathBuf,
}

/// The turn to apply; given back when dropped.
#[derive(Debug)]
pub struct Turn {
    _file: File,
}

impl Journal {
    /// Opens, or makes, the journal of the cluster with this system identifier.
    pub fn open(state: &Path, system_identifier: &str) -> Result<Self, JournalError> {
        let folder = state.join(system_identifier);
        let plans = folder.join("plans");
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&plans);
        made.map_err(|source| failed("create", &plans, source))?;
        Ok(Self { folder })
    }

    /// The turn to apply, unless another process of this machine has it. The system gives it back when the process
    /// ends, however it ends.
    pub fn try_turn(&self) -> Result<Option<Turn>, JournalError> {
        let (path, file) = self.turn_file()?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Turn { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(failed("lock", &path, source)),
        }
    }

    /// Appends a line; it is on disk when this returns.
    pub fn append(&self, line: &Line) -> Result<(), JournalError> {
        let path = self.path();
        let mut text = serde_json::to_string(line).map_err(|source| failed("write", &path, source.into()))?;
        text.push('\n');
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().create(true).append(true).read(true).open(&path)?;
            file.lock()?;
            end_torn_line(&mut file)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(|source| failed("write", &path, source))
    }

    /// The last apply, if it began and never ended.
    pub fn unfinished(&self) -> Result<Option<Unfinished>, JournalError> {
        let mut open: Option<Unfinished> = None;
        for line in self.lines()? {
            match line {
                Line::Began { plan, before, direction, at } => {
                    open = Some(Unfinished { plan, before, direction, at, committing: Vec::new() });
                }
                Line::Committing { plan, database, transaction, after, transactions } => {
                    if let Some(unfinished) = open.as_mut().filter(|unfinished| unfinished.plan == plan) {
                        let one = Committing { database, transaction, after, transactions };
                        unfinished.committing.push(one);
                    }
                }
                Line::Replaced { .. } => {}
                Line::Ended { plan, .. } => {
                    open = open.filter(|unfinished| unfinished.plan != plan);
                }
            }
        }
        Ok(open)
    }

    /// The plans that are in force, oldest first: applied, and not taken back since.
    pub fn in_force(&self) -> Result<Vec<InForce>, JournalError> {
        let mut direction = Direction::Forth;
        let mut half_undone: Option<String> = None;
        let mut read_back = String::new();
        let mut applied: Vec<InForce> = Vec::new();
        for line in self.lines()? {
            match line {
                Line::Began { direction: begun, .. } => direction = begun,
                Line::Committing { after, .. } => read_back = after,
                Line::Ended { plan, ending: Ending::Applied, .. } => {
                    // Whoever finishes what a way back left half undone is where its plan had led, and goes back from there.
                    let finished = half_undone.take().filter(|_| direction == Direction::Forth);
                    let is_there_again =
                        |known: &InForce| Some(&known.plan) == finished.as_ref() && known.after == read_back;
                    if let Some(known) = applied.last_mut().filter(|known| is_there_again(known)) {
                        known.half = None;
                        continue;
                    }
                    applied.retain(|known| known.plan != plan);
                    if direction == Direction::Forth {
                        let after = read_back.clone();
                        applied.push(InForce { plan, after, half: None, replaces: None });
                    }
                }
                Line::Ended { plan, ending: Ending::HalfWay, reached, .. } => {
                    let half = reached.map(|reached| Half { direction, reached });
                    match (direction, half) {
                        (Direction::Back, half) => {
                            if let Some(known) = applied.iter_mut().find(|known| known.plan == plan) {
                                known.half = half;
                            }
                            half_undone = Some(plan);
                        }
                        (Direction::Forth, Some(half)) => {
                            applied.retain(|known| known.plan != plan);
                            let after = half.reached.after.clone();
                            applied.push(InForce { plan, after, half: Some(half), replaces: None });
                        }
                        // Nobody knows what was committed.
                        (Direction::Forth, None) => {}
                    }
                }
                Line::Replaced { plan, by } => {
                    if let Some(known) = applied.iter_mut().find(|known| known.plan == plan) {
                        if let Some(half) = known.half.take() {
                            known.after = half.reached.after;
                        }
                        known.replaces = Some(known.replaces.take().unwrap_or(plan));
                        known.plan = by;
                    }
                }
                Line::Ended { ending: Ending::RolledBack, .. } => {}
            }
        }
        Ok(applied)
    }

    /// Keeps a plan, so that its way back can be run later.
    pub fn keep_plan(&self, digest: &str, plan: &str) -> Result<(), JournalError> {
        let path = self.plan_path(digest);
        // Written beside and moved: whoever reads it, or dies writing it, finds a whole plan or none.
        let draft = path.with_extension(format!("draft-{}", std::process::id()));
        let write = || -> io::Result<()> {
            let mut file = File::create(&draft)?;
            file.write_all(plan.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        };
        write().map_err(|source| failed("write", &path, source))
    }

    /// A plan that was kept.
    pub fn plan(&self, digest: &str) -> Result<String, JournalError> {
        let path = self.plan_path(digest);
        match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(JournalError::NoSuchPlan { digest: digest.to_owned(), path: self.folder.join("plans") })
            }
            read => read.map_err(|source| failed("read", &path, source)),
        }
    }

    fn turn_file(&self) -> Result<(PathBuf, File), JournalError> {
        let path = self.folder.join("turn.lock");
        let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = opened.map_err(|source| failed("open", &path, source))?;
        Ok((path, file))
    }

    fn path(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    fn plan_path(&self, digest: &str) -> PathBuf {
        // A digest is hexadecimal; anything else names no file of ours.
        let name: String = digest.chars().filter(char::is_ascii_hexdigit).collect();
        self.folder.join("plans").join(format!("{name}.json"))
    }

    fn lines(&self) -> Result<Vec<Line>, JournalError> {
        let path = self.path();
        let mut text = String::new();
        match File::open(&path).and_then(|mut file| file.read_to_string(&mut text)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.map_err(|source| failed("read", &path, source))?,
        };
        let mut lines = Vec::new();
        let mut texts = text.split_inclusive('\n').enumerate().peekable();
        while let Some((index, line)) = texts.next() {
            match serde_json::from_str(line) {
                Ok(line) => lines.push(line),
                // A last line without its end was being written when the process died: it announced nothing yet.
                Err(_) if texts.peek().is_none() && !line.ends_with('\n') => {}
                // Such a line is ended by the next writer, with a mark of its own.
                Err(_) if line.ends_with("#torn\n") => {}
                Err(_) => return Err(JournalError::Damaged { path, line: index + 1 }),
            }
        }
        Ok(lines)
    }
}

/// Ends a line that a dying process left without its end, so that the next one starts at a line's start.
fn end_torn_line(file: &mut File) -> io::Result<()> {
    use std::io::{Seek, SeekFrom};
    if file.metadata()?.len() == 0 {
        return Ok(());
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    if last != *b"\n" {
        file.write_all(b"#torn\n")?;
    }
    Ok(())
}

fn failed(what: &'static str, path: &Path, source: io::Error) -> JournalError {
    JournalError::Io { what, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn began(plan: &str, direction: Direction) -> Line {
        Line::Began {
            plan: plan.to_owned(),
            before: "b".to_owned(),
            direction,
            at: "2026-11-22T00:00:00Z".to_owned(),
        }
    }

    fn ended(plan: &str, ending: Ending) -> Line {
        Line::Ended { plan: plan.to_owned(), ending, at: "2026-11-22T00:00:01Z".to_owned(), reached: None }
    }

    fn journal() -> (tempfile::TempDir, Journal) {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), "7").unwrap();
        (folder, journal)
    }

    #[test]
    fn an_apply_without_an_end_is_unfinished_and_knows_its_transaction() {
        let (_folder, journal) = journal();
        assert_eq!(journal.unfinished().unwrap(), None);
        journal.append(&began("p1", Direction::Forth)).unwrap();
        let committing = Line::Committing {
            plan: "p1".to_owned(),
            database: "shop".to_owned(),
            transaction: "731".to_owned(),
            after: "a".to_owned(),
            transactions: Some(2),
        };
        journal.append(&committing).unwrap();
        let unfinished = journal.unfinished().unwrap().unwrap();
        let expected = Committing {
            database: "shop".to_owned(),
            transaction: "731".to_owned(),
            after: "a".to_owned(),
            transactions: Some(2),
        };
        assert_eq!(unfinished.committing, [expected]);
        journal.append(&ended("p1", Ending::Applied)).unwrap();
        assert_eq!(journal.unfinished().unwrap(), None);
        let in_force = InForce { plan: "p1".to_owned(), after: "a".to_owned(), half: None, replaces: None };
        assert_eq!(journal.in_force().unwrap(), [in_force]);
    }

    #[test]
    fn the_last_applied_plan_is_the_one_not_taken_back() {
        let (_folder, journal) = journal();
        for (plan, direction, ending) in [
            ("p1", Direction::Forth, Ending::Applied),
            ("p2", Direction::Forth, Ending::RolledBack),
            ("p3", Direction::Forth, Ending::Applied),
            ("p3", Direction::Back, Ending::Applied),
        ] {
            journal.append(&began(plan, direction)).unwrap();
            journal.append(&ended(plan, ending)).unwrap();
        }
        let in_force: Vec<String> = journal.in_force().unwrap().into_iter().map(|plan| plan.plan).collect();
        assert_eq!(in_force, ["p1"]);
    }

    #[test]
    fn what_was_left_half_undone_is_undone_from_where_its_plan_had_led() {
        let (_folder, journal) = journal();
        let committing = |plan: &str| Line::Committing {
            plan: plan.to_owned(),
            database: "shop".to_owned(),
            transaction: "7".to_owned(),
            after: "there".to_owned(),
            transactions: None,
        };
        for (plan, direction, ending) in [
            ("p1", Direction::Forth, Ending::Applied),
            ("p1", Direction::Back, Ending::HalfWay),
            ("p2", Direction::Forth, Ending::Applied),
        ] {
            journal.append(&began(plan, direction)).unwrap();
            journal.append(&committing(plan)).unwrap();
            journal.append(&ended(plan, ending)).unwrap();
        }
        assert_eq!(
            journal.in_force().unwrap(),
            [InForce { plan: "p1".to_owned(), after: "there".to_owned(), half: None, replaces: None }]
        );
    }

    #[test]
    fn what_was_cut_off_half_way_is_in_force_as_far_as_it_came_until_it_is_taken_back() {
        let (_folder, journal) = journal();
        let half = |plan: &str, after: &str| Line::Ended {
            plan: plan.to_owned(),
            ending: Ending::HalfWay,
            at: "2026-11-22T00:00:01Z".to_owned(),
            reached: Some(Reached { after: after.to_owned(), committed: 1 }),
        };
        let told = || {
            let told = journal.in_force().unwrap();
            told.into_iter()
                .map(|one| (one.plan, one.after, one.half.map(|half| half.direction), one.replaces))
        };
        let say = |plan: &str, after: &str, half, replaces: Option<&str>| {
            [(plan.to_owned(), after.to_owned(), half, replaces.map(str::to_owned))]
        };
        journal.append(&began("p1", Direction::Forth)).unwrap();
        journal.append(&half("p1", "r1")).unwrap();
        assert!(told().eq(say("p1", "r1", Some(Direction::Forth), None)));
        journal.append(&Line::Replaced { plan: "p1".to_owned(), by: "u1".to_owned() }).unwrap();
        assert!(told().eq(say("u1", "r1", None, Some("p1"))));
        journal.append(&began("u1", Direction::Back)).unwrap();
        journal.append(&half("u1", "r2")).unwrap();
        assert!(told().eq(say("u1", "r1", Some(Direction::Back), Some("p1"))));
        journal.append(&Line::Replaced { plan: "u1".to_owned(), by: "u2".to_owned() }).unwrap();
        assert!(told().eq(say("u2", "r2", None, Some("p1"))));
        journal.append(&began("u2", Direction::Back)).unwrap();
        journal.append(&ended("u2", Ending::Applied)).unwrap();
        assert_eq!(journal.in_force().unwrap(), []);
    }

    #[test]
    fn a_line_cut_off_at_any_byte_is_passed_over_and_the_next_one_is_read() {
        let (folder, journal) = journal();
        let path = folder.path().join("7/journal.jsonl");
        let whole = serde_json::to_string(&began("p2", Direction::Forth)).unwrap();
        for cut in 1..whole.len() {
            fs::remove_file(&path).ok();
            journal.append(&began("p1", Direction::Forth)).unwrap();
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(&whole.as_bytes()[..cut]).unwrap();
            assert_eq!(journal.unfinished().unwrap().unwrap().plan, "p1", "cut at {cut}");
            journal.append(&ended("p1", Ending::RolledBack)).unwrap();
            assert_eq!(journal.unfinished().unwrap(), None, "cut at {cut}");
        }
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_an_error() {
        let (folder, journal) = journal();
        fs::write(folder.path().join("7/journal.jsonl"), "nonsense\n").unwrap();
        assert!(matches!(journal.unfinished(), Err(JournalError::Damaged { line: 1, .. })));
    }

    #[test]
    fn one_apply_at_a_time_has_the_turn() {
        let (_folder, journal) = journal();
        let turn = journal.try_turn().unwrap();
        assert!(turn.is_some());
        assert!(journal.try_turn().unwrap().is_none());
        drop(turn);
        assert!(journal.try_turn().unwrap().is_some());
    }

    #[test]
    fn a_kept_plan_is_found_by_its_digest_only() {
        let (_folder, journal) = journal();
        journal.keep_plan("ab12", "{}").unwrap();
        assert_eq!(journal.plan("ab12").unwrap(), "{}");
        assert!(matches!(journal.plan("ab13"), Err(JournalError::NoSuchPlan { .. })));
        assert!(matches!(journal.plan("../../etc/passwd"), Err(JournalError::NoSuchPlan { .. })));
    }
}
