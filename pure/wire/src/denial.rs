//! How a statement is denied: the server gets, in its place, one that cannot be parsed. So the server itself does what follows an
//! error: it fails the transaction, skips to the Sync, and says ReadyForQuery with the right status, in the right order among
//! everything that was pipelined. Its complaint is exchanged for ours on the way back.

use crate::frontend;
use crate::report::Report;
use std::collections::VecDeque;

/// The denials whose errors the server has not reported yet.
#[derive(Debug, Clone, Default)]
pub struct Denials {
    made: u64,
    waiting: VecDeque<(u64, Report)>,
}

impl Denials {
    /// Appends a Query that fails, and remembers what to say about it.
    pub fn instead_of_query(&mut self, report: Report, out: &mut Vec<u8>) {
        let marker = self.remember(report);
        frontend::write_query(out, &marker);
    }

    /// Appends a Parse that fails. Where the denied message was a Parse of the unnamed statement, this one is too: the server drops
    /// the old one as it would have. Otherwise its name is one that nobody uses, and no statement is touched.
    pub fn instead_of_extended(&mut self, unnamed: bool, report: Report, out: &mut Vec<u8>) {
        let marker = self.remember(report);
        frontend::write_parse(out, if unnamed { "" } else { &marker }, &marker);
    }

    /// Our words, if an error of the server is its complaint about one of these. The marker in the message decides it, not the order:
    /// an error that came in between (a cancel, a shutdown) is passed on as it is.
    pub fn exchange(&mut self, complaint: &Report) -> Option<Report> {
        if self.waiting.is_empty() || complaint.code() != SYNTAX_ERROR {
            return None;
        }
        let number = marked(complaint.message())?;
        let position = self.waiting.iter().position(|(waiting, _)| *waiting == number)?;
        // Those before it were skipped: an earlier message of their cycle had failed.
        let (_, report) = self.waiting.drain(..=position).next_back()?;
        Some(complaint.retold(&report))
    }

    /// Everything sent was answered: what still waits was skipped.
    pub fn forget(&mut self) {
        self.waiting.clear();
    }

    fn remember(&mut self, report: Report) -> String {
        self.made += 1;
        self.waiting.push_back((self.made, report));
        format!("{MARKER}{}", self.made)
    }
}

/// The number behind the marker in a message of whatever language.
fn marked(message: &str) -> Option<u64> {
    let (_, rest) = message.split_once(MARKER)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// What the server reads in place of a denied statement, and has in its log with the number: no statement begins with a name.
pub const MARKER: &str = "pgward_denied_";

const SYNTAX_ERROR: &str = "42601";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::Denials;
    use crate::report::Report;

    fn complaint(code: &str, message: &str) -> Report {
        Report::error(code, message)
    }

    #[test]
    fn a_complaint_is_exchanged_in_every_language() {
        for message in
            ["syntax error at or near \"pgward_denied_2\"", "Syntaxfehler bei \u{bb}pgward_denied_2\u{ab}"]
        {
            let (mut denials, mut out) = (Denials::default(), vec![]);
            denials.instead_of_query(Report::error("42501", "first"), &mut out);
            denials.instead_of_extended(false, Report::error("42501", "second"), &mut out);
            let told = denials.exchange(&complaint("42601", message)).unwrap();
            assert_eq!((told.code(), told.message()), ("42501", "second"));
            assert!(denials.waiting.is_empty());
        }
    }

    #[test]
    fn other_errors_stay_what_they_are() {
        let (mut denials, mut out) = (Denials::default(), vec![]);
        denials.instead_of_query(Report::error("42501", "no"), &mut out);
        assert_eq!(denials.exchange(&complaint("57014", "canceling statement pgward_denied_1")), None);
        assert_eq!(denials.exchange(&complaint("42601", "syntax error at or near \"selec\"")), None);
        assert_eq!(
            denials.exchange(&complaint("42601", "syntax error at or near \"pgward_denied_7\"")),
            None
        );
        assert!(denials.exchange(&complaint("42601", "at \"pgward_denied_1\"")).is_some());
    }
}
