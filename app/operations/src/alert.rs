//! Telling people that an audit is worse than the last one: a message to a web hook in Slack's format, which Mattermost, Rocket.Chat, Teams and
//! others take as well.

use std::path::Path;

use pgward_secrets::file_store::FileStore;
use pgward_secrets::read::ReadError;
use pgward_web::address::Address;
use pgward_web::client::{Method, Question, Web, WebError};

/// Where alerts go. The address lets whoever knows it write there: it is kept like a secret, and not repeated.
pub struct WebHook {
    address: Address,
}

/// Why nobody was told.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// The file with the address was not read.
    #[error("the address for alerts could not be read")]
    File(#[from] ReadError),
    /// The path names no file.
    #[error("the path of the file with the address for alerts names no file")]
    Path,
    /// What is in it is none. It is not repeated.
    #[error("the file with the address for alerts holds no https address")]
    Address,
    /// The service was not asked.
    #[error("the alert could not be sent")]
    Web(#[from] WebError),
    /// The service did not take it.
    #[error("the alert was not taken: the service answered {0}")]
    Refused(u16),
    /// The sending ended before it was done.
    #[error("the alert was not sent: sending it was ended")]
    Ended,
}

impl WebHook {
    /// Reads the address from a file that only its owner may read.
    ///
    /// # Errors
    /// There is no such file, others may read it, or it holds no address.
    pub fn from_file(path: &Path) -> Result<WebHook, AlertError> {
        let name = path.file_name().ok_or(AlertError::Path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let text = FileStore::at(folder).read(Path::new(name))?;
        let address = Address::parse(text.expose().trim()).map_err(|_| AlertError::Address)?;
        Ok(WebHook { address })
    }

    /// Sends the message, and waits until it is taken.
    ///
    /// # Errors
    /// It was not.
    pub async fn tell(self, text: String) -> Result<(), AlertError> {
        let sending = tokio::task::spawn_blocking(move || {
            let body = serde_json::json!({ "text": text }).to_string();
            let question = Question { to: &self.address, method: Method::Json(&body), headers: Vec::new() };
            let answer = Web::trusting(None)?.ask(&question)?;
            if answer.is_success() { Ok(()) } else { Err(AlertError::Refused(answer.status)) }
        });
        sending.await.unwrap_or(Err(AlertError::Ended))
    }
}
