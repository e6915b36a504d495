//! `explain`

use super::{connect, follow, status};
use crate::config::Session;
use crate::error::Error;
use crate::intent::Explain;
use crate::model::{MessageStatus, NotificationStatus, cause, causes, nearest_cause};
use crate::report::{Advice, Explanation, Report};
use crate::world::World;

/// Explains a word, or a notification.
pub async fn run(explain: Explain, session: &Session, world: &World) -> Result<Report, Error> {
    match explain {
        Explain::Topics => Ok(Report::Topics(causes().collect())),
        Explain::Word(word) => match cause(&word) {
            Some(cause) => Ok(Report::Explained(cause)),
            None => Err(unknown(&word)),
        },
        Explain::Notification(id) => {
            let client = connect::client(session, world, None)?;
            let found = status::look(&client, &id, world).await?;
            let Some(notification) = &found.notification else {
                return Err(follow::not_known(&id));
            };
            let advice = notification
                .messages
                .iter()
                .map(|message| Advice {
                    message: message.id.clone(),
                    // What was cancelled before it moved will never move.
                    status: match (&message.status, &notification.status) {
                        (MessageStatus::Queued, NotificationStatus::Cancelled) => {
                            cause(notification.status.as_str())
                        }
                        (status, _) => cause(status.as_str()),
                    },
                    error: message.error.as_ref().and_then(|error| cause(&error.code)),
                })
                .collect();
            Ok(Report::ExplainedNotification(Box::new(Explanation {
                found,
                advice,
            })))
        }
    }
}

fn unknown(word: &str) -> Error {
    let hint = match nearest_cause(word) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => "`sendivent explain` lists what can be explained.".to_owned(),
    };
    Error::usage(
        format!("`{word}` is neither a status, nor an error code, nor the id of a notification"),
        hint,
    )
}
