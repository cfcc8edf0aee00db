//! The proof as JUnit XML: a suite for each topic, a case for each claim. A refuted claim is a failure, one that nothing
//! shows an error.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::proof::Proof;
use crate::report::pieces::{Listing, Pieces};
use crate::verdict::{Ruling, Verdict};

/// Writes the report.
pub(crate) fn write(proof: &Proof, proven: &mut dyn Pieces, out: &mut dyn Write) -> io::Result<()> {
    let all = proof.counts();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="pgward prove" tests="{}" skipped="0" failures="{}" errors="{}">"#,
        all.claims(),
        all.refuted,
        all.inconclusive
    )?;
    for (topic, counts) in proof.by_topic() {
        writeln!(
            out,
            r#"    <testsuite name="pgward.{}" tests="{}" skipped="0" errors="{}" failures="{}">"#,
            topic.word(),
            counts.claims(),
            counts.inconclusive,
            counts.refuted
        )?;
        let open = proof.of(Ruling::Refuted).chain(proof.of(Ruling::Inconclusive));
        for verdict in open.filter(|verdict| verdict.claim.topic == topic) {
            writeln!(out, "{}", case(verdict))?;
        }
        proven.each(Listing::Junit, topic, &mut |line| writeln!(out, "{line}"))?;
        writeln!(out, "    </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// A claim. Writing to a String cannot fail.
pub(crate) fn case(verdict: &Verdict) -> String {
    let mut case = format!(
        r#"        <testcase name="{}" classname="pgward.{}" time="{:.3}""#,
        escaped(&verdict.claim.id()),
        verdict.claim.topic.word(),
        std::time::Duration::from_micros(verdict.evidence.observation.micros).as_secs_f64()
    );
    let element = match verdict.ruling {
        Ruling::Proven => {
            case.push_str("/>");
            return case;
        }
        Ruling::Refuted => "failure",
        Ruling::Inconclusive => "error",
    };
    let tried = verdict.evidence.statement.as_deref().or(verdict.evidence.question.as_deref());
    let _ = write!(
        case,
        ">\n            <{element} message=\"{}\" type=\"{}\">{}\n{}</{element}>\n        </testcase>",
        escaped(&verdict.reason),
        verdict.ruling.word(),
        escaped(&verdict.claim.to_string()),
        escaped(tried.unwrap_or_default())
    );
    case
}

/// A text as it may stand in an attribute and in an element. A name can hold characters that XML has no way to write;
/// each becomes a question mark. Line ends would be read as spaces in an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('?'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_not_written() {
        assert_eq!(escaped("a<\u{1b}[31m>\n&\"\t\u{85}é"), "a&lt;?[31m&gt;&#10;&amp;&quot;&#9;\u{85}é");
    }
}
