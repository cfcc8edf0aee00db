//! "The policies of the table are the declared ones": the server was asked for names, kinds, commands and roles; here are their
//! expressions, compared as a plan compares them (decision 0003).

use pgward_proof::action::{Action, Fact};
use pgward_proof::verdict::{Ruling, Verdict};

use crate::prepare::{Prepared, UntoldExpression};

/// The same verdict, unless it says that policies are the declared ones and an expression is another than declared, which
/// refutes the claim, or cannot be compared, which leaves it open.
pub fn judge(prepared: &Prepared, verdict: Verdict) -> Verdict {
    let about_policies = matches!(verdict.claim.action, Action::Fact(Fact::Policies));
    if !about_policies || verdict.ruling != Ruling::Proven {
        return verdict;
    }
    match stands(prepared, &verdict) {
        Some((ruling, reason)) => Verdict { ruling, reason, ..verdict },
        None => verdict,
    }
}

/// What is to be said against it.
fn stands(prepared: &Prepared, verdict: &Verdict) -> Option<(Ruling, String)> {
    let open = |why: String| Some((Ruling::Inconclusive, why));
    let table = verdict.claim.object.as_ref()?;
    let wanted = prepared.expansion.desired.object(table).and_then(|object| object.row_security())?;
    let there = prepared.observed.object(table).and_then(|object| object.row_security());
    let Some(there) = there else {
        return open("the table's policies could not be read when the proof began".to_owned());
    };
    let mut untold = None;
    for (name, policy) in &wanted.policies {
        let Some(found) = there.policies.get(name) else {
            return open(format!("policy {} was not there when the proof began", name.quoted()));
        };
        for (clause, printed, written) in
            [("USING", &found.using, &policy.using), ("WITH CHECK", &found.check, &policy.check)]
        {
            let told = prepared.unsettled.untold.iter().find(|untold| {
                untold.table == *table
                    && printed.as_ref() == Some(&untold.printed)
                    && written.as_ref() == Some(&untold.written)
            });
            if printed == written {
                continue;
            }
            if let Some(told) = told {
                untold = untold.or_else(|| Some(words(told)));
                continue;
            }
            if !prepared.equivalences.same(table, printed.as_deref(), written.as_deref()) {
                let said = |expression: &Option<String>| {
                    expression.as_ref().map_or_else(|| "nothing".to_owned(), |said| format!("({said})"))
                };
                let refused = prepared.unsettled.invalid.iter().find(|refused| refused.table == *table);
                let also = refused.map_or_else(String::new, |refused| {
                    format!(
                        "; the server refuses an expression that is declared for the table: {}",
                        refused.message
                    )
                });
                return Some((
                    Ruling::Refuted,
                    format!(
                        "policy {} has {clause} {}, and declared is {}{also}",
                        name.quoted(),
                        said(printed),
                        said(written)
                    ),
                ));
            }
        }
    }
    untold.and_then(open)
}

fn words(untold: &UntoldExpression) -> String {
    format!("{untold}; {}", untold.hint())
}
