//! The judge of a tier: what `pure/statement` says about a text, as the desk needs it.

use crate::judge::{Judge, Naming, Verdict};
use crate::suspect::Rules;
use pgward_contract::model::tier::Tier;
use pgward_statement::Judge as Known;
use pgward_statement::effects::{Effects, SessionName};
use pgward_statement::judgement::{Denial, Judgement};
use pgward_statement::settings::class_of;
use pgward_statement::view::{Resets, ServerMajor};
use pgward_wire::report::Report;
use pgward_wire::turn::Change;
use std::sync::Arc;

/// Decides for one tier, with what is known about one database; the leases of a database share that.
pub struct TierJudge {
    tier: Tier,
    /// What the target is called, for saying how more is asked for.
    target: Option<String>,
    /// The rules that hold statements there.
    rules: Option<Rules>,
    known: Arc<Known>,
}

impl TierJudge {
    /// A judge for this tier.
    #[must_use]
    pub fn new(tier: Tier, known: Arc<Known>) -> TierJudge {
        TierJudge { tier, target: None, rules: None, known }
    }

    /// The same, saying how to ask for more on this target.
    #[must_use]
    pub fn on(self, target: &str) -> TierJudge {
        TierJudge { target: Some(target.to_owned()), ..self }
    }

    /// The same, with rules that hold statements.
    #[must_use]
    pub fn holding(self, rules: Option<Rules>) -> TierJudge {
        TierJudge { rules, ..self }
    }

    /// What the client is told about a text that was denied. One that cannot be read is refused in the server's own words, unless
    /// the server may read it.
    fn report_on(&self, denial: &Denial, text: &str) -> Report {
        let may_be_newer = || self.known.view().server_major > ServerMajor::default();
        let report = if denial.is_syntax() && !may_be_newer() {
            Report::error(denial.sqlstate, denial.message())
        } else {
            self.report(denial)
        };
        match denial.position(text) {
            Some(position) => report.position(position),
            None => report,
        }
    }

    fn report(&self, denial: &Denial) -> Report {
        Report::error(denial.sqlstate, denial.message()).detail(denial.detail()).hint(self.hint(denial))
    }

    fn hint(&self, denial: &Denial) -> String {
        match (&self.target, denial.least) {
            (Some(target), Some(least)) => {
                let ask = format!("Ask for it: pgward request {target} {} --reason ...", least.word());
                format!("{} {ask}", denial.hint())
            }
            _ => denial.hint(),
        }
    }
}

impl Judge for TierJudge {
    fn statements(&self, text: &str) -> Verdict {
        match &*self.known.judge(text, self.tier) {
            Judgement::Allow(effects) => {
                let mut naming = naming(effects, text);
                let suspect = self
                    .rules
                    .as_ref()
                    .and_then(|rules| rules.suspect(text, effects, self.tier, &self.known.view()));
                naming.suspect = suspect.map(Arc::new);
                Verdict::Allow(naming)
            }
            Judgement::Deny(denial) => Verdict::Deny(self.report_on(denial, text)),
        }
    }

    fn parameters(&self, types: &[u32]) -> Result<(), Report> {
        self.known.parameters(types, self.tier).map_or(Ok(()), |denial| Err(self.report(&denial)))
    }

    fn setting(&self, name: &str, value: &str) -> Result<(), Report> {
        // The desk's pins are in the StartupMessage, behind everything that the client wants: a reset leads back to them.
        let class = class_of(name, Some(value), Resets::BackToPins);
        if class.least().is_some_and(|least| least <= self.tier) {
            return Ok(());
        }
        let words =
            format!("tier {} does not allow to set parameter \"{name}\" at start-up", self.tier.word());
        let report = Report::error("42501", words).detail(class.meaning());
        Err(match class.least() {
            Some(least) => report.hint(format!("The least tier that may set it is {}.", least.word())),
            None => report.hint("No tier may set it."),
        })
    }
}

/// What the statements do with names, in their order.
fn naming(effects: &Effects, text: &str) -> Naming {
    let kind = effects.statements.last().map_or("", |last| last.kind);
    let mut naming = Naming { kind, ..Naming::default() };
    for (place, statement) in effects.statements.iter().enumerate() {
        let Some(used) = &statement.session_name else { continue };
        let change = match used.clone() {
            SessionName::Execute(name) => {
                naming.executes.push(name);
                continue;
            }
            // What a cursor runs was judged when it was declared, what a portal runs when it was parsed.
            SessionName::Fetch(_) => continue,
            SessionName::Prepare(name) => Change::Prepare(name, text.to_owned()),
            SessionName::Deallocate(Some(name)) => Change::Deallocate(name),
            SessionName::Deallocate(None) => Change::DeallocateAll,
            SessionName::Declare(name) => Change::Declare(name, text.to_owned()),
            SessionName::DeclareWithHold(name) => Change::DeclareWithHold(name, text.to_owned()),
            SessionName::Close(Some(name)) => Change::Close(name),
            SessionName::Close(None) => Change::CloseAll,
            SessionName::DiscardAll => Change::DiscardAll,
        };
        naming.changes.push((place, change));
    }
    naming
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::TierJudge;
    use crate::judge::{Judge as _, Verdict};
    use expect_test::{Expect, expect};
    use pgward_contract::model::tier::Tier;
    use pgward_statement::Judge;
    use pgward_statement::judge::Bounds;
    use pgward_statement::view::View;
    use std::sync::Arc;

    fn judge(tier: Tier) -> TierJudge {
        TierJudge::new(tier, Arc::new(Judge::new(View::built_in(), Bounds::default(), 1)))
    }

    #[track_caller]
    fn check(text: &str, told: Expect) {
        told.assert_eq(&match judge(Tier::ReadOnly).statements(text) {
            Verdict::Allow(naming) => format!("{:?} {:?}", naming.executes, naming.changes),
            Verdict::Deny(report) => {
                [b'C', b'M', b'D', b'H'].map(|letter| report.field(letter).to_owned()).join("\n")
            }
        });
    }

    #[test]
    fn names_are_found_with_their_statements() {
        check("SELECT 1", expect!["[] []"]);
        check(
            "SELECT 1; PREPARE a AS SELECT 2; EXECUTE b; DEALLOCATE ALL",
            expect![[
                r#"["b"] [(1, Prepare("a", "SELECT 1; PREPARE a AS SELECT 2; EXECUTE b; DEALLOCATE ALL")), (3, DeallocateAll)]"#
            ]],
        );
    }

    #[test]
    fn a_cursor_that_outlives_its_transaction_is_told_from_others() {
        check(
            "DECLARE a CURSOR FOR SELECT 1; DECLARE b CURSOR WITH HOLD FOR SELECT 1",
            expect![[
                r#"[] [(0, Declare("a", "DECLARE a CURSOR FOR SELECT 1; DECLARE b CURSOR WITH HOLD FOR SELECT 1")), (1, DeclareWithHold("b", "DECLARE a CURSOR FOR SELECT 1; DECLARE b CURSOR WITH HOLD FOR SELECT 1"))]"#
            ]],
        );
    }

    #[test]
    fn a_denial_says_what_where_and_what_to_do() {
        check(
            "DELETE FROM t",
            expect![[r#"
            42501
            tier read_only does not allow DELETE
            At byte 0: DELETE: Removes rows.
            The least tier that may run it is read_limited_write."#]],
        );
    }

    #[test]
    fn settings_are_judged_by_their_class() {
        let words =
            |tier, name, value| judge(tier).setting(name, value).err().map(|r| r.message().to_owned());
        assert_eq!(words(Tier::ReadOnly, "application_name", "psql"), None);
        assert_eq!(
            words(Tier::ReadOnly, "default_transaction_read_only", "off").unwrap(),
            "tier read_only does not allow to set parameter \"default_transaction_read_only\" at start-up"
        );
        assert_eq!(words(Tier::ReadLimitedWrite, "default_transaction_read_only", "off"), None);
        assert!(words(Tier::ReadOnly, "role", "postgres").is_some());
        assert!(words(Tier::ReadOnly, "client_encoding", "SJIS").is_some());
    }
}
