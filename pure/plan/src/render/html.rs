//! A plan as a document to review and sign off (A14): one HTML file without anything from elsewhere.

use askama::Template;

use crate::plan::Plan;
use crate::render::beside::Beside;
use crate::render::view::View;

#[derive(Template)]
#[template(path = "plan.html")]
struct Document<'a> {
    view: View,
    allow: String,
    beside: Option<&'a Beside>,
}

/// The plan as an HTML document, with what is known beside it. Everything of the plan is escaped by the template.
pub fn html(plan: &Plan, beside: Option<&Beside>) -> Result<String, askama::Error> {
    let view = View::of(plan);
    let allow = view.allow();
    Document { view, allow, beside }.render()
}
