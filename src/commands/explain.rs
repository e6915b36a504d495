//! `explain`

use super::addressee::Addressees;
use super::{Context, connect, status};
use crate::error::Error;
use crate::intent::Explain;
use crate::model::{MessageStatus, NotificationStatus, cause, causes, nearest_cause};
use crate::report::{Advice, Explanation, Report};

/// Explains a word, or a notification.
pub async fn run(explain: Explain, context: Context<'_>) -> Result<Report, Error> {
    match explain {
        Explain::Topics => Ok(Report::Topics(causes().collect())),
        Explain::Word(word) => match cause(&word) {
            Some(cause) => Ok(Report::Explained(cause)),
            None => Err(unknown(&word)),
        },
        Explain::Notification(id) => {
            let client = connect::client(context, None)?;
            let found =
                status::look(&client, &id, &Addressees::new(context), context.world).await?;
            let Some(notification) = &found.notification else {
                return Err(connect::not_known(&id, context));
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
