//! Single sign-on against a real OpenID provider.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod stage;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pgward_credential::Secret;
use pgward_identity::id_token::NotBelieved;
use pgward_sign_on::browser::BrowserLogin;
use pgward_sign_on::device::DeviceLogin;
use pgward_sign_on::failure::SignOnError;
use pgward_sign_on::provider::{Client, Provider, SignedOn};
use pgward_web::client::Web;
use serde_json::{Value, json};
use stage::{Browser, CLIENT, RealProvider, SECRET};

fn people() -> Value {
    json!({
        "ada": {"email": "ada@example.com", "email_verified": true, "groups": ["database-admins", "everybody"]},
        "eve": {"email": "ada@example.com", "email_verified": false, "groups": ["database-admins"]},
    })
}

fn client(issuer: &str) -> Client {
    Client {
        issuer: issuer.to_owned(),
        id: CLIENT.to_owned(),
        secret: Some(Secret::new(SECRET.to_owned())),
        scopes: vec!["email".to_owned(), "offline_access".to_owned()],
    }
}

fn discover(client: Client) -> Result<Provider, SignOnError> {
    Provider::discover(Web::trusting(None).unwrap(), client)
}

/// Logs in with a browser; the clock is this far from the right time when the token is looked at.
fn in_a_browser(
    provider: &Provider,
    person: &'static str,
    clock: SignedDuration,
) -> Result<SignedOn, SignOnError> {
    let login = BrowserLogin::begin(provider, 0).unwrap();
    let address = login.address().unwrap();
    for part in
        ["code_challenge_method=S256", "response_type=code", "nonce=", "state=", "scope=openid%20email"]
    {
        assert!(address.contains(part), "{part}: {address}");
    }
    let browser = std::thread::spawn(move || Browser::default().log_in(&address, person, ""));
    let signed_on = login.finish(PATIENCE, || Timestamp::now() + clock);
    let page = browser.join().unwrap();
    assert!(page.text.contains("You can close this page"), "{}: {}", page.address, page.text);
    signed_on
}

const NONE: SignedDuration = SignedDuration::ZERO;
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn somebody_signs_on_in_a_browser_and_the_login_is_renewed_until_they_are_gone() {
    let real = RealProvider::start(&people());
    let provider = discover(client(&real.issuer)).unwrap();
    let signed_on = in_a_browser(&provider, "ada", NONE).unwrap();
    assert_eq!(signed_on.claims.subject, "ada");
    assert_eq!(signed_on.claims.text("email"), Some("ada@example.com"));
    assert_eq!(signed_on.claims.list("groups"), ["database-admins", "everybody"]);

    // What they are now, they are after the next renewal.
    real.knows(
        &json!({"ada": {"email": "ada@example.com", "email_verified": true, "groups": ["everybody"]}}),
    );
    let renewed = provider.renew(&signed_on.renewal.unwrap(), Timestamp::now()).unwrap();
    assert_eq!(renewed.claims.list("groups"), ["everybody"]);
    real.knows(&json!({}));
    let gone = provider.renew(&renewed.renewal.unwrap(), Timestamp::now());
    let Err(SignOnError::Refused { error }) = gone else { panic!("somebody who is gone was signed on") };
    assert!(error.starts_with("invalid_grant"), "{error}");
}

#[test]
fn somebody_signs_on_on_another_device() {
    let real = RealProvider::start(&people());
    let provider = discover(client(&real.issuer)).unwrap();
    let login = DeviceLogin::begin(&provider).unwrap();
    let (address, code) = (login.address.clone(), login.code.clone());
    assert!(address.starts_with(&real.issuer) && code.len() >= 8, "{address} {code}");
    let browser = std::thread::spawn(move || Browser::default().log_in(&address, "ada", &code));
    let signed_on = login.finish(PATIENCE, Timestamp::now);
    let page = browser.join().unwrap();
    let signed_on = signed_on.unwrap_or_else(|error| panic!("{error}: {}", page.text));
    assert_eq!(signed_on.claims.text("email"), Some("ada@example.com"));
    assert!(signed_on.renewal.is_some());

    // Whom nobody logs in for has waited long enough.
    let login = DeviceLogin::begin(&provider).unwrap();
    assert!(matches!(login.finish(Duration::ZERO, Timestamp::now), Err(SignOnError::Late)));
}

#[test]
fn what_is_not_of_this_login_or_not_of_now_is_not_believed() {
    let real = RealProvider::start(&people());
    let provider = discover(client(&real.issuer)).unwrap();
    let of_another_day = |clock| match in_a_browser(&provider, "ada", clock) {
        Err(SignOnError::NotBelieved(why)) => why,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("a token of another day was believed"),
    };
    assert!(matches!(of_another_day(SignedDuration::from_hours(24)), NotBelieved::Expired { .. }));
    assert!(matches!(of_another_day(SignedDuration::from_hours(-24)), NotBelieved::NotYet { .. }));
    // A mail address that the provider has not verified is nobody's.
    let eve = in_a_browser(&provider, "eve", NONE).unwrap();
    assert_eq!((eve.claims.text("email"), eve.claims.subject.as_str()), (None, "eve"));
    // Another's state comes in vain, and the one who waits goes on waiting.
    let login = BrowserLogin::begin(&provider, 0).unwrap();
    let address = login.address().unwrap();
    let forged = address
        .split('&')
        .map(|field| if field.starts_with("state=") { "state=forged" } else { field })
        .collect::<Vec<_>>()
        .join("&");
    let browser = std::thread::spawn(move || Browser::default().log_in(&forged, "ada", ""));
    assert!(matches!(login.finish(Duration::from_secs(5), Timestamp::now), Err(SignOnError::Late)));
    drop(browser.join());
}

#[test]
fn a_provider_that_is_away_or_another_is_told_in_words() {
    let real = RealProvider::start(&people());
    let slash = format!("{}/", real.issuer);
    let Err(other) = discover(client(&slash)) else { panic!("another issuer was taken for the one") };
    assert!(matches!(&other, SignOnError::Issuer { .. }), "{other}");
    let wrong = Client { secret: Some(Secret::new("wrong".to_owned())), ..client(&real.issuer) };
    let wrong = DeviceLogin::begin(&discover(wrong).unwrap()).err().unwrap().to_string();
    assert!(wrong.starts_with("the identity provider refused: invalid_client"), "{wrong}");

    let (issuer, provider) = (real.issuer.clone(), discover(client(&real.issuer)).unwrap());
    drop(real);
    let Err(away) = discover(client(&issuer)) else { panic!("nobody answered") };
    assert_eq!(away.to_string(), "the identity provider does not answer");
    let renewal = Secret::new("something".to_owned());
    assert!(matches!(provider.renew(&renewal, Timestamp::now()), Err(SignOnError::Web(_))));
    let clear = discover(client("http://id.example.com")).err().unwrap();
    assert!(matches!(clear, SignOnError::Address(_)), "{clear}");
}
