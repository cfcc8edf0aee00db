//! A plan as a document to review and sign off (A14): one HTML file without anything from elsewhere.

use askama::Template;

use crate::plan::Plan;
use crate::render::view::View;

#[derive(Template)]
#[template(path = "plan.html")]
struct Document {
    view: View,
    allow: String,
}

/// The plan as an HTML document. Everything in it is escaped by the template.
pub fn html(plan: &Plan) -> Result<String, askama::Error> {
    let view = View::of(plan);
    let allow = view.allow();
    Document { view, allow }.render()
}
