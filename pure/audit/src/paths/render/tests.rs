#![allow(clippy::unwrap_used, reason = "tests")]

use pgward_catalog::name::RoleName;

use super::*;
use crate::finding::Fix;
use crate::paths::choke::choke_points;
use crate::paths::graph::{Edge, Graph, Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::paths::report::{Report, State};
use crate::paths::search::{Reach, shortest_paths};
use crate::paths::{LoginPaths, Paths};
use crate::severity::Precondition;

const NASTY: [&str; 5] =
    ["</script><script>alert(1)</script>", "quote\"'`role", "back\\slash\nline", "🦝 & <b>", "]]>--><!--"];

fn edge(from: Node, to: Node, mechanism: Mechanism, cause: &str) -> Edge {
    let fix = if cause.is_empty() { Fix::words("") } else { Fix::sql(format!("REVOKE {cause}")) };
    Edge {
        from,
        to,
        mechanism,
        precondition: Precondition::Login,
        database: None,
        cause: cause.to_owned(),
        fix,
        object: None,
    }
}

/// Every nasty name is a login that may SET ROLE to a role, nastily named too, that is a key to the server.
fn report() -> Report {
    let dba = Node::Role(RoleName::from("<dba>\"&\\"));
    let mut edges = vec![
        edge(dba.clone(), Node::Sink(Sink::Superuser), Mechanism::SetRole, "membership of \"<dba>\" in root"),
        edge(Node::Sink(Sink::Superuser), Node::Sink(Sink::OsCommand), Mechanism::SuperuserDoesAll, ""),
    ];
    for name in NASTY {
        let cause = format!("membership of {name}");
        edges.push(edge(Node::Role(RoleName::from(name)), dba.clone(), Mechanism::SetRole, &cause));
    }
    let graph = Graph::of(edges);
    let reach = Reach::of(&graph);
    let names = NASTY.map(RoleName::from);
    let logins = names.clone().map(|login| LoginPaths {
        sinks: [Sink::OsCommand, Sink::Superuser]
            .map(|sink| (sink, shortest_paths(&graph, &reach, &Node::Role(login.clone()), sink, 3)))
            .into(),
        login,
    });
    let choke_points = choke_points(&graph, names.iter());
    let paths = Paths { graph, logins: logins.into(), shadow_superusers: names.into(), choke_points };
    let before = State::of(&paths, None, None);
    let after =
        State { logins: 5, reaching: Vec::new(), shadow_superusers: Vec::new(), choke_points: Vec::new() };
    Report { major: 17, before, after: Some(after), unseen: vec!["<i>passwords</i>".to_owned()] }
}

/// Every `<` of the markup begins a tag of ours.
fn tags(markup: &str) -> Vec<&str> {
    let begins = |rest: &&str| {
        rest.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/' || letter == '!')
    };
    let names = markup.split('<').skip(1).inspect(|rest| assert!(begins(rest), "<{rest}"));
    names
        .map(|rest| rest.split([' ', '>', '/', '\n']).find(|word| !word.is_empty()).unwrap_or_default())
        .collect()
}

#[test]
fn no_name_becomes_markup_in_the_picture() {
    let picture = svg::svg(&report());
    for tag in tags(&picture) {
        assert!(
            ["svg", "style", "defs", "marker", "path", "rect", "text", "g", "title"].contains(&tag),
            "{tag}"
        );
    }
    assert!(picture.contains("&lt;/script&gt;"));
    assert!(picture.contains('🦝'));
    assert!(!picture.contains("alert(1)</script>"));
}

#[test]
fn no_name_becomes_markup_or_script_in_the_page() {
    let page = html::html(&report(), "Paths of <shop>");
    assert_eq!(page.matches("<script>").count(), 1);
    assert_eq!(page.matches("</script>").count(), 1);
    assert!(!page.contains("<b>\""), "only our own bold text");
    assert!(page.contains("data-role=\"quote&quot;&#39;`role\""));
    assert!(page.contains("Paths of &lt;shop&gt;"));
    assert!(page.contains("&lt;i&gt;passwords&lt;/i&gt;"));
    assert!(
        !page.contains("http://")
            || page.matches("http://").count() == page.matches("http://www.w3.org/2000/svg").count()
    );
    assert!(!page.contains("src=") && !page.contains("href="), "nothing is fetched");
}

#[test]
fn names_stay_inside_their_quotes_for_graphviz() {
    let text = dot::dot(&report());
    assert!(text.contains(r#""role \"quote\"\"'`role\"""#), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains(" -> ")).count(), 6);
    for line in text.lines() {
        let mut escaped = false;
        let quotes = line.chars().filter(|letter| {
            let counts = *letter == '"' && !escaped;
            escaped = *letter == '\\' && !escaped;
            counts
        });
        assert_eq!(quotes.count() % 2, 0, "{line}");
    }
}

#[test]
fn what_follows_from_superuser_alone_is_no_way_of_its_own() {
    let report = report();
    let first = report.before.reaching.first().unwrap();
    assert_eq!(first.sinks.iter().map(|reached| reached.sink).collect::<Vec<_>>(), [Sink::Superuser]);
    assert_eq!(first.also.iter().map(|one| one.sink).collect::<Vec<_>>(), [Sink::OsCommand]);
}

#[test]
fn the_terminal_tells_who_reaches_what_how_and_what_ends_it() {
    let told = text::text(&report());
    assert!(told.contains("back\\slash\\u{a}line"), "{told}");
    assert!(!told.lines().any(|line| line.starts_with("line")), "a name has begun a line of its own: {told}");
    assert!(told.starts_with("BEFORE\n5 of 5 logins reach more than they should\n"), "{told}");
    assert!(told.contains("critical  \"quote\"\"'`role\" reaches superuser\n"), "{told}");
    assert!(told.contains("may SET ROLE to"), "{told}");
    assert!(told.contains("10 -> 0  membership of \"<dba>\" in root\n"), "{told}");
    assert!(told.contains("AFTER the contract is applied\n0 of 5 logins reach more"), "{told}");
    assert!(told.contains("NOT SEEN  <i>passwords</i>"), "{told}");
}

#[test]
fn the_policy_of_the_page_names_what_is_in_it() {
    let page = html::html(&report(), "t");
    for (tag, name) in [("style", "style-src"), ("script", "script-src")] {
        let content = page.split_once(&format!("<{tag}>")).unwrap().1;
        let content = content.split_once(&format!("</{tag}>")).unwrap().0;
        let source = html::source_of(content);
        assert!(page.contains(&format!("{name} '{source}'")), "{tag}");
    }
}
