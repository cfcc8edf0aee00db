//! Procedural languages: which of them PostgreSQL may let everybody use.

/// Whether a language of this name is made as a trusted one (`pg_language.lanpltrusted`); none: nobody here knows the language.
pub fn made_trusted(language: &str) -> Option<bool> {
    match language {
        known if TRUSTED.contains(&known) => Some(true),
        known if is_known_untrusted(known) => Some(false),
        _ => None,
    }
}

/// Whether functions in this language can do whatever the server's account can, so that it is never made trusted.
pub fn is_known_untrusted(language: &str) -> bool {
    UNTRUSTED.contains(&language)
}

const TRUSTED: [&str; 4] = ["sql", "plpgsql", "plperl", "pltcl"];

const UNTRUSTED: [&str; 14] = [
    "c",
    "internal",
    "plpythonu",
    "plpython2u",
    "plpython3u",
    "plperlu",
    "pltclu",
    "plsh",
    "plr",
    "pljavau",
    "plluau",
    "plphpu",
    "plrubyu",
    "plschemeu",
];
