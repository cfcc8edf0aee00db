//! A witness that is asked over HTTPS: `POST ADDRESS/NAME.head` takes a head, `GET` of the same shows the last one.

use std::time::Duration;

use pgward_credential::Secret;
use pgward_ledger::key::PublicKey;
use pgward_web::address::Address;
use pgward_web::client::{Answer, Method, Question, Web, WebError};

use crate::ledger::layout::witness_file;

/// A secret that is read when it is needed, as it is then. Why not, in words.
pub type Given = Box<dyn Fn() -> Result<Secret, String> + Send + Sync>;

/// A service that keeps heads.
pub struct WebWitness {
    web: Web,
    address: Address,
    /// What it is shown.
    token: Option<Given>,
}

impl WebWitness {
    /// The service at this address, which is shown this token.
    #[must_use]
    pub fn at(web: Web, address: Address, token: Option<Given>) -> WebWitness {
        WebWitness { web, address, token }
    }

    pub(crate) fn name(&self) -> &str {
        self.address.as_str()
    }

    pub(crate) fn give(&self, key: &PublicKey, head: &str) -> Result<(), String> {
        let answer = self.ask(key, &Method::Text(head))?;
        if answer.is_success() { Ok(()) } else { Err(format!("it answers with status {}", answer.status)) }
    }

    pub(crate) fn last(&self, key: &PublicKey) -> Result<Option<String>, String> {
        let answer = self.ask(key, &Method::Get)?;
        match answer.status {
            404 => Ok(None),
            _ if answer.is_success() => Ok(Some(answer.text)),
            status => Err(format!("it answers with status {status}")),
        }
    }

    /// Asks once more, and once more, where there is no answer, or one that may be another in a moment: a head that is given twice is
    /// given once.
    fn ask(&self, key: &PublicKey, method: &Method<'_>) -> Result<Answer, String> {
        let to = self.address.below(&witness_file(key));
        let mut pauses = PAUSES.into_iter();
        loop {
            let answered = self.ask_once(&to, method)?;
            let is_worth_another = match &answered {
                Ok(answer) => answer.status >= 500 || answer.status == 429,
                Err(_) => true,
            };
            match pauses.next() {
                Some(pause) if is_worth_another => std::thread::sleep(pause),
                _ => return answered.map_err(|error| error.to_string()),
            }
        }
    }

    fn ask_once(&self, to: &Address, method: &Method<'_>) -> Result<Result<Answer, WebError>, String> {
        let mut headers = Vec::new();
        if let Some(token) = &self.token {
            headers.push(("authorization", Secret::new(format!("Bearer {}", token()?.expose()))));
        }
        Ok(self.web.ask(&Question { to, method: *method, headers }))
    }
}

/// Between two tries.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(500)];
