//! What machines and agents come in with, and people from the command line: a token with a scope and an end, of which only a
//! digest is kept.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use pgward_credential::Secret;
use pgward_lease::name::{PersonId, TargetName, TierName};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The digest of what whoever has it shows.
    pub digest: String,
    /// Whose it is.
    pub person: PersonId,
    /// The human who made it, where that is somebody else: for a program they answer for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<PersonId>,
    /// What its owner calls it.
    pub label: String,
    /// What can be done with it.
    pub scope: Scope,
    /// When it was made.
    pub made: Timestamp,
    /// The first instant it is worth nothing.
    pub until: Timestamp,
    /// Since when it was taken back.
    pub revoked: Option<Timestamp>,
    /// Who has proven whose it is.
    #[serde(default)]
    pub vouched: Vouched,
}

/// Who has proven whose a token is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vouched {
    /// The desk, by a password or by whoever made it.
    #[default]
    Here,
    /// The identity provider, a short while ago: what it says of their groups counts.
    ByProvider,
}

/// What can be done with a token: never more than its owner may.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// The targets it may ask for and use; all where none is named.
    pub targets: BTreeSet<TargetName>,
    /// The tiers it may ask for and use; all where none is named.
    pub tiers: BTreeSet<TierName>,
    /// What it may do.
    pub deeds: BTreeSet<Deed>,
    /// The longest lease it may ask for; as the contract says where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest: Option<Duration>,
}

/// Something a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Ask for leases.
    Ask,
    /// Use leases of its owner.
    Connect,
    /// Agree to requests of others. Machines and agents never do.
    Decide,
    /// Read leases and the ledger.
    Read,
    /// Make and take back tokens. Only the token of a login can: what it makes may outlive it.
    Tokens,
}

/// Why a token is worth nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Worthless {
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// It was taken back.
    #[error("the token was revoked")]
    Revoked,
    /// It is not for this.
    #[error("the token is not for this")]
    OutOfScope,
    /// It is not for so long.
    #[error("the token is for leases of at most {} seconds", longest.as_secs())]
    TooLong {
        /// The longest.
        longest: Duration,
    },
}

/// What somebody wants to do with a token.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// What.
    pub deed: Deed,
    /// On which target, where that matters.
    pub target: Option<&'a TargetName>,
    /// At which tier, where that matters.
    pub tier: Option<&'a TierName>,
}

impl Token {
    /// How many random bytes make a token: 256 bits.
    pub const RANDOM_BYTES: usize = 32;

    /// Whether something can be done with it now.
    ///
    /// # Errors
    /// Why not.
    pub fn allows(&self, wish: Wish<'_>, now: Timestamp) -> Result<(), Worthless> {
        if self.revoked.is_some() {
            return Err(Worthless::Revoked);
        }
        if now >= self.until {
            return Err(Worthless::Expired);
        }
        let Scope { targets, tiers, deeds, longest: _ } = &self.scope;
        let target = targets.is_empty() || wish.target.is_none_or(|target| targets.contains(target));
        let tier = tiers.is_empty() || wish.tier.is_none_or(|tier| tiers.contains(tier));
        if target && tier && deeds.contains(&wish.deed) { Ok(()) } else { Err(Worthless::OutOfScope) }
    }

    /// How long a lease is asked for with it: what was asked, or as much of the usual length as it may.
    ///
    /// # Errors
    /// More was asked than it may.
    pub fn length(&self, asked: Option<Duration>, usual: Duration) -> Result<Option<Duration>, Worthless> {
        match (self.scope.longest, asked) {
            (None, asked) => Ok(asked),
            (Some(longest), None) => Ok(Some(usual.min(longest))),
            (Some(longest), Some(asked)) if asked <= longest => Ok(Some(asked)),
            (Some(longest), Some(_)) => Err(Worthless::TooLong { longest }),
        }
    }

    /// What people call it: enough of its digest to tell it from others, and of no use to whoever has only that.
    #[must_use]
    pub fn id(&self) -> String {
        self.digest.chars().take(ID_CHARACTERS).collect()
    }
}

/// What whoever has a token shows: recognisable, so that scanners of repositories find one that was lost.
#[must_use]
pub fn spelled(random: [u8; Token::RANDOM_BYTES]) -> Secret {
    Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
}

/// The digest a token is kept and found by; none where the text is no token. It has 256 random bits, so that one SHA-256 is enough.
#[must_use]
pub fn digest_of(shown: &Secret) -> Option<String> {
    let body = shown.expose().strip_prefix(PREFIX)?;
    let bytes = URL_SAFE_NO_PAD.decode(body).ok().filter(|bytes| bytes.len() == Token::RANDOM_BYTES)?;
    Some(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What every token begins with.
pub const PREFIX: &str = "pgward_t_";
const ID_CHARACTERS: usize = 12;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn token() -> Token {
        let at = |second| Timestamp::from_second(second).unwrap();
        Token {
            digest: digest_of(&spelled([7; 32])).unwrap(),
            person: "bot".into(),
            made_by: None,
            label: "nightly".to_owned(),
            scope: Scope {
                targets: ["shop".into()].into(),
                tiers: ["read_only".into()].into(),
                deeds: [Deed::Ask, Deed::Connect].into(),
                longest: Some(Duration::from_secs(600)),
            },
            made: at(0),
            until: at(100),
            revoked: None,
            vouched: Vouched::Here,
        }
    }

    #[test]
    fn a_token_is_for_what_its_scope_says_until_its_end() {
        let now = |second| Timestamp::from_second(second).unwrap();
        let (shop, other, reads, admin) = ("shop".into(), "other".into(), "read_only".into(), "admin".into());
        let wish = |deed, target, tier| Wish { deed, target: Some(target), tier: Some(tier) };
        let allows = |wish, second| token().allows(wish, now(second));
        assert_eq!(allows(wish(Deed::Ask, &shop, &reads), 99), Ok(()));
        assert_eq!(allows(wish(Deed::Ask, &shop, &reads), 100), Err(Worthless::Expired));
        assert_eq!(allows(wish(Deed::Ask, &other, &reads), 1), Err(Worthless::OutOfScope));
        assert_eq!(allows(wish(Deed::Ask, &shop, &admin), 1), Err(Worthless::OutOfScope));
        assert_eq!(allows(wish(Deed::Decide, &shop, &reads), 1), Err(Worthless::OutOfScope));
        let revoked = Token { revoked: Some(now(5)), ..token() };
        assert_eq!(revoked.allows(wish(Deed::Ask, &shop, &reads), now(6)), Err(Worthless::Revoked));
        let nothing = Token { scope: Scope::default(), ..token() };
        assert_eq!(nothing.allows(wish(Deed::Ask, &shop, &reads), now(6)), Err(Worthless::OutOfScope));
    }

    #[test]
    fn a_token_is_for_leases_of_a_length() {
        let seconds = Duration::from_secs;
        let length = |asked: Option<u64>, usual| token().length(asked.map(seconds), seconds(usual));
        assert_eq!(length(Some(600), 3600), Ok(Some(seconds(600))));
        assert_eq!(length(Some(601), 3600), Err(Worthless::TooLong { longest: seconds(600) }));
        assert_eq!(length(None, 3600), Ok(Some(seconds(600))));
        assert_eq!(length(None, 60), Ok(Some(seconds(60))));
        let any = Token { scope: Scope { longest: None, ..token().scope }, ..token() };
        assert_eq!(any.length(Some(seconds(9_999)), seconds(60)), Ok(Some(seconds(9_999))));
    }

    #[test]
    fn tokens_that_were_kept_before_there_was_more_to_say_are_read() {
        let old = r#"{"digest":"d","person":"ada","label":"l","scope":{"targets":[],"tiers":[],"deeds":["read"]},
            "made":"2026-01-01T00:00:00Z","until":"2026-01-02T00:00:00Z","revoked":null}"#;
        let read: Token = serde_json::from_str(old).unwrap();
        assert_eq!((read.made_by, read.scope.longest, read.vouched), (None, None, Vouched::Here));
    }

    #[test]
    fn what_is_kept_does_not_show_the_token() {
        let shown = spelled([7; 32]);
        let kept = serde_json::to_string(&token()).unwrap();
        assert!(shown.expose().starts_with("pgward_t_") && !kept.contains(shown.expose()));
        assert_eq!(serde_json::from_str::<Token>(&kept).unwrap(), token());
        assert_ne!(digest_of(&spelled([8; 32])), digest_of(&shown));
        for other in ["pgward_t_", "pgward_t_AAAA", "AAAA", "pgward_t_?"] {
            assert_eq!(digest_of(&Secret::new(other.to_owned())), None, "{other}");
        }
    }
}
