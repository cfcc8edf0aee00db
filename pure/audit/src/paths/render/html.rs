//! Paths as a page to click through: complete in itself, fetching nothing, readable without its script, printable.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::paths::choke::ChokePoint;
use crate::paths::render::markup::escaped;
use crate::paths::render::svg;
use crate::paths::render::text::mending;
use crate::paths::report::{Following, Reaching, Report, State, Way};

/// The page.
pub fn html(report: &Report, title: &str) -> String {
    let style = format!("{}{}", svg::STYLE, STYLE);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'\">\n<title>{}</title>\n<style>{style}</style>\n</head>\n<body>\n",
        source_of(&style),
        source_of(SCRIPT),
        escaped(title)
    );
    let _ = writeln!(
        page,
        "<header><h1>{}</h1><p class=\"soft\">PostgreSQL {} · how logins become more than they are</p>",
        escaped(title),
        report.major
    );
    if report.after.is_some() {
        page.push_str("<div class=\"toggle\" role=\"group\" aria-label=\"which state\"><button type=\"button\" data-show=\"before\" aria-pressed=\"true\">before</button><button type=\"button\" data-show=\"after\" aria-pressed=\"false\">after the contract</button></div>\n");
    }
    page.push_str("</header>\n");
    for unseen in &report.unseen {
        let _ = writeln!(page, "<p class=\"unseen\">not seen: {}</p>", escaped(unseen));
    }
    state(&mut page, "before", &report.before);
    if let Some(after) = &report.after {
        state(&mut page, "after", after);
    }
    let _ = writeln!(page, "<script>{SCRIPT}</script>\n</body>\n</html>");
    page
}

fn state(page: &mut String, name: &str, state: &State) {
    let _ = writeln!(page, "<main data-state=\"{name}\"><h2 class=\"state\">{name}</h2>");
    let _ = writeln!(
        page,
        "<p class=\"sum\"><b>{}</b> of {} logins reach more than they should; superusers in all but name: {}</p>",
        state.reaching.len(),
        state.logins,
        if state.shadow_superusers.is_empty() {
            "none".to_owned()
        } else {
            let names = state.shadow_superusers.iter();
            names
                .map(|role| format!("<code>{}</code>", escaped(role.as_str())))
                .collect::<Vec<_>>()
                .join(", ")
        }
    );
    if !state.choke_points.is_empty() {
        page.push_str("<h3>What to mend first</h3>\n<table><thead><tr><th>pairs of login and goal</th><th>what</th><th>how</th></tr></thead><tbody>\n");
        for point in &state.choke_points {
            choke_point(page, point);
        }
        page.push_str("</tbody></table>\n");
    }
    if !state.reaching.is_empty() {
        let _ =
            writeln!(page, "<h3>The whole picture</h3>\n<div class=\"picture\">{}</div>", svg::inline(state));
        page.push_str("<h3>Role by role</h3>\n<div class=\"two\">\n<nav><input type=\"search\" placeholder=\"search a role\" aria-label=\"search a role\"><ul>\n<li><button type=\"button\" data-role=\"\" aria-pressed=\"true\">everybody</button></li>\n");
        for reaching in &state.reaching {
            let worst = reaching.sinks.first();
            let _ = writeln!(
                page,
                "<li><button type=\"button\" data-role=\"{0}\" aria-pressed=\"false\">{0} <small class=\"{1}\">{1}</small></button></li>",
                escaped(reaching.role.as_str()),
                worst.map_or("", |reached| reached.severity.word())
            );
        }
        page.push_str("</ul></nav>\n<div>\n");
        for reaching in &state.reaching {
            login(page, reaching);
        }
        page.push_str("</div>\n</div>\n");
    }
    page.push_str("</main>\n");
}

fn choke_point(page: &mut String, point: &ChokePoint) {
    let how: Vec<String> =
        mending(&point.fix).iter().map(|line| format!("<code>{}</code>", escaped(line))).collect();
    let _ = writeln!(
        page,
        "<tr><td class=\"count\">{} → {}</td><td>{}</td><td>{}</td></tr>",
        point.before,
        point.after,
        escaped(&point.cause),
        how.join("<br>")
    );
}

fn login(page: &mut String, reaching: &Reaching) {
    let name = escaped(reaching.role.as_str());
    let _ = writeln!(page, "<section data-role=\"{name}\"><h4>{name}</h4>");
    for reached in &reaching.sinks {
        let _ = writeln!(
            page,
            "<h5><small class=\"{0}\">{0}</small> reaches {1}</h5>\n<ol class=\"ways\">",
            reached.severity.word(),
            escaped(reached.sink.words())
        );
        for one in &reached.ways {
            way(page, one);
        }
        page.push_str("</ol>\n");
    }
    for words in Following::in_words(&reaching.also) {
        let _ = writeln!(page, "<p class=\"soft\">and so also, {}</p>", escaped(&words));
    }
    page.push_str("</section>\n");
}

fn way(page: &mut String, way: &Way) {
    page.push_str("<li><div class=\"chain\">");
    for (index, step) in way.steps.iter().enumerate() {
        if index == 0 {
            let _ = write!(page, "<span class=\"chip\">{}</span>", escaped(&step.from.to_string()));
        }
        let last = if matches!(step.to, crate::paths::graph::Node::Sink(_)) { " goal" } else { "" };
        let _ = write!(
            page,
            "<span class=\"by\">{} →</span><span class=\"chip{last}\">{}</span>",
            escaped(step.how),
            escaped(&step.to.to_string())
        );
    }
    let _ = writeln!(
        page,
        "</div><p class=\"soft\">takes {}</p><ul class=\"mend\">",
        escaped(way.precondition.words())
    );
    let mut told: Vec<&str> = Vec::new();
    for step in way.steps.iter().filter(|step| !step.cause.is_empty()) {
        if told.contains(&step.cause.as_str()) {
            continue;
        }
        told.push(&step.cause);
        let how: Vec<String> =
            mending(&step.fix).iter().map(|line| format!("<code>{}</code>", escaped(line))).collect();
        let _ = writeln!(page, "<li>{}<br>{}</li>", escaped(&step.cause), how.join("<br>"));
    }
    page.push_str("</ul></li>\n");
}

/// What a content security policy calls an inline text by.
pub(super) fn source_of(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let at = |index: usize| chunk.get(index).map_or(0, |byte| u32::from(*byte));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4_usize {
            let letter =
                LETTERS.get((bits >> (18 - 6 * place) & 63) as usize).map_or('=', |byte| char::from(*byte));
            out.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_the_standard_says() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
