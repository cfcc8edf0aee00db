//! Where words go: results to stdout, talk to stderr, colour only where a person reads. What people read has nothing in it that a
//! terminal would obey; what machines read is exactly what it is.

use std::io::{self, IsTerminal, Write};

use pgward_catalog::shown::shown_lines;

use crate::exit::Failure;

/// The process's two streams.
pub(crate) struct Output {
    quiet: bool,
    /// What waits to be written, while it is held back.
    held: Option<Vec<Held>>,
}

/// Something that waits to be written.
enum Held {
    Exact(String),
    Talk(String),
}

impl Output {
    /// Writes to stdout and stderr of the process.
    pub(crate) fn of_process(quiet: bool) -> Self {
        Self { quiet, held: None }
    }

    /// Holds back what is written from now on: whoever reads slowly must not make others wait. What work is being done
    /// is said all the same.
    pub(crate) fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Writes what was held back, in its order.
    pub(crate) fn let_go(&mut self) -> Result<(), Failure> {
        for held in self.held.take().unwrap_or_default() {
            match held {
                Held::Exact(text) => self.exact(&text)?,
                Held::Talk(text) => write_talk(&text),
            }
        }
        Ok(())
    }

    /// A result that is too long to be made first and written then.
    pub(crate) fn stream(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut stdout = io::BufWriter::new(io::stdout().lock());
        match write(&mut stdout).and_then(|()| stdout.flush()) {
            // Whoever reads has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(|error| Failure::world(&error)),
        }
    }

    /// A result for people: what was asked for.
    pub(crate) fn result(&mut self, text: &str) -> Result<(), Failure> {
        self.exact(&shown_lines(text))
    }

    /// A result for machines, or one whose renderer has seen to what is in it.
    pub(crate) fn exact(&mut self, text: &str) -> Result<(), Failure> {
        if let Some(held) = &mut self.held {
            held.push(Held::Exact(text.to_owned()));
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| {
            let ended = text.is_empty() || text.ends_with('\n');
            if ended { Ok(()) } else { stdout.write_all(b"\n") }
        });
        match written.and_then(|()| stdout.flush()) {
            // Whoever reads has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(|error| Failure::world(&error)),
        }
    }

    /// Talk: progress, warnings, what is being done. Not when `--quiet` was given.
    pub(crate) fn say(&mut self, text: &str) {
        self.say_rendered(&shown_lines(text));
    }

    /// Why the answer is no, or what is wrong with the contract: said with `--quiet` too.
    pub(crate) fn insist(&mut self, text: &str) {
        self.insist_rendered(&shown_lines(text));
    }

    /// Diagnostics, whose renderer has seen to what is in them and gave them colours, as talk.
    pub(crate) fn say_rendered(&mut self, text: &str) {
        if !self.quiet {
            self.insist_rendered(text);
        }
    }

    /// The same, said with `--quiet` too.
    pub(crate) fn insist_rendered(&mut self, text: &str) {
        match &mut self.held {
            Some(held) => held.push(Held::Talk(text.to_owned())),
            None => write_talk(text),
        }
    }

    /// Waits for some work, and says what it is once it takes longer than a second.
    pub(crate) async fn patiently<T>(&mut self, what: &str, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        match tokio::time::timeout(PATIENCE, &mut work).await {
            Ok(done) => done,
            Err(_) => {
                if !self.quiet {
                    write_talk(&format!("{what} ..."));
                }
                work.await
            }
        }
    }

    /// Why it could not be done.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        let mut stderr = anstream::stderr().lock();
        let _ = writeln!(stderr, "pgward: {}", shown_lines(&failure.message));
        if let Some(hint) = &failure.hint {
            let _ = writeln!(stderr, "hint: {}", shown_lines(hint));
        }
    }

    /// Whether stdout is read by a person who likes colour.
    pub(crate) fn is_coloured(&self) -> bool {
        anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
    }

    /// Asks a person a yes-or-no question, if one is there to answer.
    pub(crate) fn ask(&mut self, question: &str) -> Option<bool> {
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return None;
        }
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "{question} [yes/no] ").and_then(|()| stderr.flush());
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).ok()?;
        Some(matches!(answer.trim(), "yes" | "y"))
    }
}

/// Writes a line for people, from wherever nobody holds the output.
pub(crate) fn write_talk(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Work that takes longer than this is announced.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);
