//! `explain`: explains a status, an error code or the state of a notification, and what to do about it.

use clap::Args;
use serde::Serialize;

use super::args::ids;
use super::command::{Command, Context, Needs, Setup};
use super::notification::{Lookup, RecipientLookup, displayed_status, write_advice, write_block};
use crate::error::Error;
use crate::model::{HelpTopic, Message, Notification, help_topic, help_topics, nearest_topic};
use crate::output::{BOLD, Report, TextWriter};

/// Explain a status, an error or the outcome of a notification
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent explain suppressed\n  sendivent explain HARD_BOUNCE\n  sendivent explain 402"
)]
pub struct Explain {
    /// A status, an error code, an HTTP status or a notification's id [default: list all topics]
    #[arg(value_name = "STATUS|CODE|ID")]
    topic: Option<String>,
}

pub enum Input {
    Topics(Vec<&'static HelpTopic>),
    Notification(String),
}

impl Command for Explain {
    const NAME: &'static str = "explain";
    type Input = Input;
    type Report = ExplainReport;

    fn validate(self, _setup: &Setup<'_>) -> Result<Input, Error> {
        let Self { topic } = self;
        let Some(text) = topic else {
            return Ok(Input::Topics(help_topics().iter().collect()));
        };
        match (ids::id("ID", &text), help_topic(&text)) {
            (Ok(id), _) => Ok(Input::Notification(id)),
            (Err(_), Some(topic)) => Ok(Input::Topics(vec![topic])),
            (Err(_), None) => Err(unknown_topic(&text)),
        }
    }

    fn needs(input: &Input) -> Needs {
        match input {
            Input::Notification(_) => Needs::Service,
            Input::Topics(_) => Needs::Nothing,
        }
    }

    async fn run(input: Input, context: Context<'_>) -> Result<ExplainReport, Error> {
        match input {
            Input::Topics(topics) => Ok(ExplainReport::Topics { topics }),
            Input::Notification(id) => {
                let client = context.client(None)?;
                let recipients = RecipientLookup::new(context);
                let lookup = Lookup::fetch(&client, &id, &recipients).await?;
                let Some(notification) = &lookup.notification else {
                    return Err(context.not_found(&id));
                };
                Ok(ExplainReport::Notification {
                    advice: notification
                        .messages
                        .iter()
                        .map(|message| Advice::of(message, notification))
                        .collect(),
                    notification: Box::new(lookup),
                })
            }
        }
    }
}

fn unknown_topic(text: &str) -> Error {
    let hint = match nearest_topic(text) {
        Some(nearest) => format!("Did you mean `{nearest}`?"),
        None => "Run `sendivent explain` for a list of topics.".to_owned(),
    };
    Error::usage(
        format!("`{text}` is not a status, an error code or the id of a notification"),
        hint,
    )
}

/// Help topics, or a notification with the help topics for its messages.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ExplainReport {
    Topics {
        topics: Vec<&'static HelpTopic>,
    },
    Notification {
        notification: Box<Lookup>,
        /// One entry for each message of the notification, in the same order.
        advice: Vec<Advice>,
    },
}

/// The help topics that explain one message.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Advice {
    message_id: String,
    /// The topic that explains the message's status; null if the status has no topic.
    status: Option<&'static HelpTopic>,
    /// The topic that explains the message's error code; null if the message has no error or its code has no topic.
    error: Option<&'static HelpTopic>,
}

impl Advice {
    fn of(message: &Message, notification: &Notification) -> Self {
        let status = displayed_status(message, &notification.status);
        let error = message.error.as_ref();
        Self {
            message_id: message.id.clone(),
            status: help_topic(status.as_str()),
            error: error.and_then(|error| help_topic(&error.code)),
        }
    }
}

impl Report for ExplainReport {
    const SCHEMA: &'static str = "sendivent.explain/1";

    fn text(&self, out: &mut TextWriter<'_>) {
        match self {
            Self::Topics { topics } => match topics.as_slice() {
                [topic] => write_topic(topic, None, out),
                topics => write_topics(topics, out),
            },
            Self::Notification {
                notification: lookup,
                advice,
            } => {
                let Some(notification) = &lookup.notification else {
                    return;
                };
                write_block(notification, lookup.at, false, out);
                for (message, advice) in notification.messages.iter().zip(advice) {
                    if let Some(decided_by) = &message.decided_by {
                        let decided_by = out.style().sanitize(decided_by);
                        out.line(format_args!("\nDecided by {decided_by} (simulator only)."));
                    }
                    if let Some(topic) = advice.error.or(advice.status) {
                        out.line("");
                        write_topic(topic, Some(&notification.id), out);
                    }
                }
            }
        }
    }
}

fn write_topics(topics: &[&HelpTopic], out: &mut TextWriter<'_>) {
    let widths = topics.iter().map(|topic| topic.name.len());
    let widest = widths.max().unwrap_or(0);
    let by_kind = topics.chunk_by(|a, b| a.kind == b.kind);
    for (index, topics) in by_kind.enumerate() {
        if index > 0 {
            out.line("");
        }
        let (first, rest) = topics[0].kind.split_at(1);
        let title = format!("{}{rest}", first.to_uppercase());
        out.line(out.style().paint(&title, BOLD));
        for topic in topics {
            out.line(format_args!("  {:<widest$}  {}", topic.name, topic.meaning));
        }
    }
}

fn write_topic(topic: &HelpTopic, id: Option<&str>, out: &mut TextWriter<'_>) {
    let name = out.style().paint(topic.name, BOLD);
    out.line(format_args!("{name} ({})", topic.kind));
    write_advice(topic, id, "", out);
}
