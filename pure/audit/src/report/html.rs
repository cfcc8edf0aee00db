//! The audit as one HTML file without anything from elsewhere: charts are drawn in it, and it prints on A4.

use askama::Template;

use pgward_catalog::shown::shown;

use crate::audit::Audit;
use crate::comparison::Comparison;
use crate::framework::FrameworkReport;
use crate::report::about::About;
use crate::report::framework::WHAT_IT_MEANS;
use crate::report::view::View;

#[derive(Template)]
#[template(path = "audit.html")]
struct Document {
    style: &'static str,
    cluster: Option<String>,
    view: View,
}

#[derive(Template)]
#[template(path = "framework.html")]
struct FrameworkDocument<'a> {
    style: &'static str,
    report: &'a FrameworkReport,
    counts: Vec<(&'static str, usize)>,
    facts: Vec<(&'static str, String)>,
    what_it_means: &'static str,
}

/// The audit. Everything in it is escaped by the template.
///
/// # Errors
/// Never in practice: writing to memory does not fail.
pub fn html(audit: &Audit, about: &About, comparison: Option<&Comparison>) -> Result<String, askama::Error> {
    let view = View::of(audit, about, comparison);
    let cluster = about.cluster.as_deref().map(shown);
    Document { style: STYLE, cluster, view }.render()
}

/// What an audit shows of a framework's controls.
///
/// # Errors
/// As for `html`.
pub fn framework_html(
    report: &FrameworkReport,
    audit: &Audit,
    about: &About,
) -> Result<String, askama::Error> {
    let facts = View::of(audit, about, None).facts;
    let mut report = report.clone();
    for line in
        report.controls.iter_mut().flat_map(|control| &mut control.evidence).flat_map(|row| &mut row.lines)
    {
        *line = shown(line);
    }
    let counts = report.counts();
    FrameworkDocument { style: STYLE, report: &report, counts, facts, what_it_means: WHAT_IT_MEANS }.render()
}

const STYLE: &str = include_str!("page.css");
