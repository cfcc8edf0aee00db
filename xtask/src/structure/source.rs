//! A crate's source files as tokens: paths that are spelled in them, modules they declare, items they define.
//!
//! A lexer is enough, and it is Rust's own grammar of tokens: wherever `crate :: name` stands, in an import, in a
//! body or in a macro's arguments, it is a path. Comments and strings never look like one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::structure::workspace::{Crate, WorkspaceError};

/// A file that is compiled into the crate; what is compiled for tests only is left out.
pub(crate) struct Source {
    /// The file below `src`, such as `diff/roles.rs`.
    pub(crate) file: String,
    /// The module it is: `["diff", "roles"]`, and nothing for `lib.rs` and `main.rs`.
    pub(crate) module: Vec<String>,
    /// The modules it declares and that have files of their own.
    pub(crate) children: Vec<String>,
    /// The paths spelled in it, each as its segments; a path that names a macro keeps its `!`.
    pub(crate) paths: Vec<Vec<String>>,
    /// The keywords of the items it defines at its top: `fn`, `struct` ...
    pub(crate) items: Vec<String>,
}

/// Reads every source file of a crate, from `lib.rs` and `main.rs` along the modules they declare.
pub(crate) fn read(member: &Crate) -> Result<Vec<Source>, WorkspaceError> {
    let src = member.folder.join("src");
    let mut sources = Vec::new();
    for root in ["lib.rs", "main.rs"] {
        if src.join(root).is_file() {
            follow(&src, root.into(), Vec::new(), &mut sources)?;
        }
    }
    Ok(sources)
}

fn follow(
    src: &Path,
    file: PathBuf,
    module: Vec<String>,
    sources: &mut Vec<Source>,
) -> Result<(), WorkspaceError> {
    let path = src.join(&file);
    let text = fs::read_to_string(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => WorkspaceError::NoFile { module: module.join("::"), path: path.clone() },
        _ => WorkspaceError::Disk { path: path.clone(), source },
    })?;
    let source = parse(&file.to_string_lossy(), module.clone(), &text)
        .map_err(|reason| WorkspaceError::NotRust { path, reason })?;
    let children = source.children.clone();
    sources.push(source);
    for child in children {
        let inner = [module.as_slice(), std::slice::from_ref(&child)].concat();
        let folder: PathBuf = module.iter().collect();
        let flat = folder.join(format!("{child}.rs"));
        let nested = folder.join(&child).join("mod.rs");
        let file = if src.join(&flat).is_file() { flat } else { nested };
        follow(src, file, inner, sources)?;
    }
    Ok(())
}

/// Reads one file's text.
pub(crate) fn parse(file: &str, module: Vec<String>, text: &str) -> Result<Source, String> {
    let tokens = TokenStream::from_str(text).map_err(|trouble| trouble.to_string())?;
    let tokens = without_tests(tokens);
    let top: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut paths = Vec::new();
    collect_paths(tokens, &mut paths);
    Ok(Source { file: file.to_owned(), module, children: declared(&top), paths, items: defined(&top) })
}

/// Drops every item under `#[cfg(test)]`, at the top and inside inline modules.
fn without_tests(tokens: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_test = is_punct(&token, '#') && tokens.peek().is_some_and(is_cfg_test);
        if is_test {
            // The item ends with its body or its semicolon; attributes between are groups of another kind.
            let _ = tokens.find(|token| is_punct(token, ';') || is_group(token, Delimiter::Brace));
        } else {
            kept.push(token);
        }
    }
    kept.into_iter().collect()
}

fn is_cfg_test(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket
        && group.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// The names in `mod name;`.
fn declared(top: &[TokenTree]) -> Vec<String> {
    let declarations = top.windows(3).filter_map(|three| match three {
        [TokenTree::Ident(keyword), TokenTree::Ident(name), end]
            if keyword == "mod" && is_punct(end, ';') =>
        {
            Some(name.to_string())
        }
        _ => None,
    });
    declarations.collect()
}

/// The keywords of items that are more than a table of contents.
fn defined(top: &[TokenTree]) -> Vec<String> {
    let mut before_semicolon = false;
    let mut keywords = Vec::new();
    for token in top {
        if let TokenTree::Ident(word) = token {
            let word = word.to_string();
            // Inside `use a::b as c;` and the like no item begins.
            if !before_semicolon && LOGIC.contains(&word.as_str()) {
                keywords.push(word.clone());
            }
            before_semicolon |= word == "use" || word == "mod";
        }
        if is_punct(token, ';') || is_group(token, Delimiter::Brace) {
            before_semicolon = false;
        }
    }
    keywords
}

/// Collects paths: names joined by `::`, with the trees of `use` spread out.
fn collect_paths(tokens: TokenStream, paths: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    while let Some((first, tail)) = rest.split_first() {
        match first {
            TokenTree::Ident(name) => rest = read_path(vec![name.to_string()], tail, paths),
            TokenTree::Group(group) => {
                collect_paths(group.stream(), paths);
                rest = tail;
            }
            _ => rest = tail,
        }
    }
}

/// Goes on from a path's first names to its end; returns what stands behind it.
fn read_path<'a>(
    mut path: Vec<String>,
    mut rest: &'a [TokenTree],
    paths: &mut Vec<Vec<String>>,
) -> &'a [TokenTree] {
    loop {
        match rest {
            [colon, again, TokenTree::Ident(name), tail @ ..]
                if is_punct(colon, ':') && is_punct(again, ':') =>
            {
                path.push(name.to_string());
                rest = tail;
            }
            [colon, again, TokenTree::Group(group), tail @ ..]
                if is_punct(colon, ':') && is_punct(again, ':') && group.delimiter() == Delimiter::Brace =>
            {
                read_tree(&path, group.stream(), paths);
                return tail;
            }
            [colon, again, star, tail @ ..]
                if is_punct(colon, ':') && is_punct(again, ':') && is_punct(star, '*') =>
            {
                path.push("*".to_owned());
                rest = tail;
                break;
            }
            _ => break,
        }
    }
    if rest.first().is_some_and(|token| is_punct(token, '!'))
        && let Some(last) = path.last_mut()
    {
        last.push('!');
    }
    if path.len() > 1 {
        paths.push(path);
    }
    rest
}

/// `prefix::{a, b::c, self}`: every branch is a path of its own.
fn read_tree(prefix: &[String], tree: TokenStream, paths: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = tree.into_iter().collect();
    for branch in tokens.split(|token| is_punct(token, ',')) {
        match branch {
            [TokenTree::Ident(name), ..] if name == "self" => paths.push(prefix.to_vec()),
            [TokenTree::Ident(name), tail @ ..] => {
                let _ = read_path([prefix, &[name.to_string()]].concat(), tail, paths);
            }
            [star] if is_punct(star, '*') => paths.push([prefix, &["*".to_owned()]].concat()),
            _ => {}
        }
    }
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

const LOGIC: [&str; 10] =
    ["fn", "struct", "enum", "union", "trait", "impl", "const", "static", "type", "macro_rules"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let source = parse("a.rs", vec!["a".to_owned()], text).unwrap();
        let paths: Vec<String> = source.paths.iter().map(|path| path.join("::")).collect();
        let words = |words: &[String]| words.join(" ");
        expected.assert_eq(&format!(
            "modules: {}\nitems: {}\npaths: {}\n",
            words(&source.children),
            words(&source.items),
            words(&paths)
        ));
    }

    #[test]
    fn paths_are_found_in_imports_bodies_and_macros() {
        check(
            "use crate::a::{b::C, d::{self, E as F}};\nfn f() { crate::g::h(); matches!(x, crate::i::J { .. }) }",
            expect![[r#"
                modules: 
                items: fn
                paths: crate::a::b::C crate::a::d crate::a::d::E crate::g::h crate::i::J
            "#]],
        );
    }

    #[test]
    fn comments_and_strings_are_no_paths() {
        check(
            "/// See [`crate::z::Z`].\nconst A: &str = \"crate::y::Y\"; // crate::x::X",
            expect![[r#"
                modules: 
                items: const
                paths: 
            "#]],
        );
    }

    #[test]
    fn tests_do_not_count() {
        check(
            "pub mod b;\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\nmod more { use super::*; use crate::q::Q; }\nuse crate::c::C;",
            expect![[r#"
                modules: b
                items: 
                paths: crate::c::C
            "#]],
        );
    }

    #[test]
    fn a_table_of_contents_defines_nothing() {
        check(
            "//! Words.\n#![forbid(unsafe_code)]\nmod a;\npub mod b;\npub use crate::b::{type_of, B as enum_like};\n",
            expect![[r#"
                modules: a b
                items: 
                paths: crate::b::type_of crate::b::B
            "#]],
        );
        check(
            "pub struct A; impl A {}",
            expect![[r#"
                modules: 
                items: struct impl
                paths: 
            "#]],
        );
    }

    #[test]
    fn a_macro_keeps_its_mark() {
        check(
            "crate::row!(1); crate::b::c!{}",
            expect![[r#"
                modules: 
                items: 
                paths: crate::row! crate::b::c!
            "#]],
        );
    }
}
