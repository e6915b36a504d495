//! `explain`

use super::addressee::Addressees;
use super::{Context, connect, status};
use crate::error::Error;
use crate::intent::Explain;
use crate::model::{MessageStatus, NotificationStatus, help_topic, help_topics, nearest_topic};
use crate::report::{Advice, Explanation, Report};

/// Explains a word, or a notification.
pub async fn run(explain: Explain, context: Context<'_>) -> Result<Report, Error> {
    match explain {
        Explain::Topics => Ok(Report::Topics(help_topics().collect())),
        Explain::Word(word) => match help_topic(&word) {
            Some(help_topic) => Ok(Report::Explained(help_topic)),
            None => Err(unknown(&word)),
        },
        Explain::Notification(id) => {
            let client = connect::client(context, None)?;
            let found = status::look(&client, &id, &Addressees::new(context), context.host).await?;
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
                            help_topic(notification.status.as_str())
                        }
                        (status, _) => help_topic(status.as_str()),
                    },
                    error: message
                        .error
                        .as_ref()
                        .and_then(|error| help_topic(&error.code)),
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
    let hint = match nearest_topic(word) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => "`sendivent explain` lists what can be explained.".to_owned(),
    };
    Error::usage(
        format!("`{word}` is neither a status, nor an error code, nor the id of a notification"),
        hint,
    )
}
