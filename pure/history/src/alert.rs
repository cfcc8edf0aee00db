//! An alert: what people are told at once when an audit is worse than the last one of the same cluster.

use crate::run::RunAbout;

/// What to say; none: it is not worse. It is worse when the risk rose, or the score fell; scores are compared where both measure a contract
/// or neither does. Names of roles and objects stay out of it: it goes to a room where many read.
#[must_use]
pub fn alert(before: &RunAbout, after: &RunAbout) -> Option<String> {
    let mut said = Vec::new();
    if let (Some(was), Some(is)) = (before.risk.as_deref(), after.risk.as_deref())
        && class(is) > class(was)
    {
        said.push(format!("the risk rose from {was} to {is}"));
    }
    let scores = before.score.zip(after.score);
    if let Some((was, is)) = scores.filter(|_| before.contract.is_some() == after.contract.is_some())
        && is < was
    {
        said.push(format!("the score fell from {was} to {is}"));
    }
    if said.is_empty() {
        return None;
    }
    let named = after.cluster.as_deref().or(after.system_identifier.as_deref()).unwrap_or("a cluster");
    Some(format!(
        "pgward: {}: {}. This audit is of {} ({}), the one before of {}.",
        plain(named),
        said.join(", and "),
        after.time,
        plain(&after.id),
        before.time
    ))
}

/// The place of a risk among the four; a word that is none of them is above all.
fn class(risk: &str) -> usize {
    CLASSES.iter().position(|class| class.eq_ignore_ascii_case(risk)).unwrap_or(CLASSES.len())
}

/// What Slack and those who took its format over read as a link or a mention is text.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const CLASSES: [&str; 4] = ["low", "medium", "high", "critical"];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::run::RunKind;

    fn run(risk: &str, score: i64, contract: Option<&str>) -> RunAbout {
        RunAbout {
            id: "r1".to_owned(),
            kind: RunKind::Audit,
            time: "2026-11-22T07:00:00Z".to_owned(),
            cluster: Some("<!channel> & co".to_owned()),
            contract: contract.map(str::to_owned),
            commit: None,
            server_version: None,
            system_identifier: None,
            fingerprint: None,
            check_set: "1".to_owned(),
            pgward_version: "0".to_owned(),
            counts: BTreeMap::new(),
            score: Some(score),
            risk: Some(risk.to_owned()),
            evidence: String::new(),
        }
    }

    #[test]
    fn a_risk_that_rises_and_a_score_that_falls_are_told_and_nothing_else_is() {
        let (calm, same) = (run("MEDIUM", 75, None), run("MEDIUM", 75, None));
        assert_eq!(alert(&calm, &same), None);
        assert_eq!(alert(&run("CRITICAL", 20, None), &calm), None, "better is no news");
        let worse = alert(&calm, &run("HIGH", 50, None));
        assert_eq!(
            worse.as_deref(),
            Some(
                "pgward: &lt;!channel&gt; &amp; co: the risk rose from MEDIUM to HIGH, and the score fell from 75 to 50. \
                 This audit is of 2026-11-22T07:00:00Z (r1), the one before of 2026-11-22T07:00:00Z."
            )
        );
        assert!(alert(&calm, &run("LOW", 74, None)).is_some_and(|text| text.contains("fell from 75 to 74")));
        assert_eq!(alert(&calm, &run("MEDIUM", 10, Some("c"))), None, "a contract measures more");
        assert!(alert(&calm, &run("HIGH", 10, Some("c"))).is_some_and(|text| !text.contains("score")));
    }
}
