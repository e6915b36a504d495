//! `send`

use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use super::{guard, recipients, values};
use crate::api::IdempotencyKey;
use crate::config::Session;
use crate::error::Error;
use crate::host::Host;
use crate::intent::{Intent, Preview, Send};
use crate::model::{Audience, EventName, Goal, Recipient, SendRequest};
use crate::prompt;

/// Send a notification to one or more recipients
///
/// Every recipient gets a request of its own, with an id and an idempotency key of its own, so that one can fail while
/// others succeed. The key is recorded before the request and used by every retry: nothing is sent twice.
///
/// On a terminal, what is left out is asked for.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent --simulate send welcome --to ada@example.com --wait\n  sendivent --simulate send order-shipped --to +14155550123 --channel sms -p order=1234 -p items:=3\n  sendivent --simulate send welcome --to '{\"email\":\"ada@example.com\",\"name\":\"Ada\"}' --dry-run=curl\n\nRecipients that fail on purpose: sendivent simulator recipients"
)]
pub struct SendArgs {
    /// The event to send, such as `welcome`
    event: Option<String>,

    /// A recipient: email address, +phone, Slack id, #channel, UUID, your own id, a JSON object, or @file.json
    #[arg(short, long, value_name = "RECIPIENT")]
    to: Vec<String>,

    /// Send to the event's listeners instead of to recipients
    #[arg(long, conflicts_with_all = ["to", "one_request"])]
    broadcast: bool,

    /// Post all recipients as one request
    #[arg(long)]
    one_request: bool,

    /// Use this channel, whatever the event prefers: email, sms, slack, push, telegram, whatsapp, discord
    #[arg(short, long, value_name = "CHANNEL")]
    channel: Option<String>,

    /// A value for the template: key=text, or key:=json
    #[arg(short, long = "param", value_name = "KEY=VALUE")]
    param: Vec<String>,

    /// Values for the template from a JSON file, or from stdin with `-`; `-p` wins over it
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    payload: Option<String>,

    /// Language of the template, such as `en` or `sv`
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,

    /// A verified sender: an address, a number, or a JSON object
    #[arg(long, value_name = "SENDER")]
    from: Option<String>,

    /// Change a field of the template, such as email.subject=Hello
    #[arg(long = "override", value_name = "CHANNEL.FIELD=TEXT")]
    overrides: Vec<String>,

    /// The idempotency key, instead of one that is made; with several recipients each gets its own, derived from it
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,

    /// Wait until every message has settled, or is sent or delivered; the exit code is the verdict
    #[arg(short, long, value_enum, value_name = "GOAL", num_args = 0..=1, require_equals = true,
          default_missing_value = "settled")]
    wait: Option<GoalArg>,

    /// How long the whole command may take, such as 90s or 10m; `none` for no end [default: 10m]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    timeout: Option<String>,

    /// Send for real with a live_ key, without being asked
    #[arg(long)]
    live: bool,

    /// Print the request as JSON, or as a curl line, and send nothing
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true,
          default_missing_value = "json")]
    dry_run: Option<PreviewArg>,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum GoalArg {
    /// Each message has reached its end, whichever it is on its channel
    Settled,
    /// Each message was handed to its provider
    Sent,
    /// Each message was confirmed as delivered
    Delivered,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PreviewArg {
    /// Method, path, headers and body as JSON
    Json,
    /// A line for a shell, without the key
    Curl,
}

impl From<GoalArg> for Goal {
    fn from(goal: GoalArg) -> Self {
        match goal {
            GoalArg::Settled => Self::Settled,
            GoalArg::Sent => Self::Sent,
            GoalArg::Delivered => Self::Delivered,
        }
    }
}

impl From<PreviewArg> for Preview {
    fn from(form: PreviewArg) -> Self {
        match form {
            PreviewArg::Json => Self::Json,
            PreviewArg::Curl => Self::Curl,
        }
    }
}

impl SendArgs {
    /// Returns whether what was accepted is followed.
    pub fn follows(&self) -> bool {
        self.wait.is_some() && !self.previews()
    }

    /// Returns whether nothing is sent.
    pub fn previews(&self) -> bool {
        self.dry_run.is_some()
    }

    /// Says what is to be sent, and asks for what is missing.
    pub fn resolve(self, session: &Session, host: &Host) -> Result<Intent, Error> {
        let Self {
            event,
            to,
            broadcast,
            one_request,
            channel,
            param,
            payload,
            language,
            from,
            overrides,
            idempotency_key,
            wait,
            timeout,
            live,
            dry_run,
        } = self;
        let asked = event.is_none() || (to.is_empty() && !broadcast);
        // All that is given is read before anything is asked: nobody answers for nothing, and a stdin that is read can
        // still be interrupted.
        let read_event = |text: &str| values::event("EVENT", text);
        let event = event.as_deref().map(read_event).transpose()?;
        let template = Template {
            channel,
            param,
            payload,
            language,
            from,
            overrides,
        }
        .read(host)?;
        let key = idempotency_key.as_deref();
        let key = key.map(values::idempotency_key).transpose()?;
        let timeout = time_for_all(timeout)?;
        session.set_deadline(timeout);
        let mut to = recipients::all(&to)?;
        let asks = match dry_run {
            Some(_) => false,
            None => guard::live(live, session, host)?,
        };
        let event = event.map_or_else(|| prompt::event(session, read_event), Ok)?;
        let request = template(event);
        if to.is_empty() && !broadcast {
            to.push(prompt::recipient(session, recipients::one)?);
        }
        let audiences = match broadcast {
            true => vec![Audience::Listeners],
            false => audiences(to, one_request),
        };
        if (asked || asks) && dry_run.is_none() {
            guard::confirm(session, host, &request, &audiences)?;
        }
        let requests = requests(request, audiences, key.as_ref());
        if let Some(service) = session.resolved_service() {
            guard::keyless(&requests, &service.key)?;
        }
        Ok(Intent::Send(Box::new(Send {
            requests,
            wait: wait.map(Goal::from),
            timeout,
            preview: dry_run.map(Preview::from),
        })))
    }
}

/// What was typed of a request, apart from the event and the recipients.
struct Template {
    channel: Option<String>,
    param: Vec<String>,
    payload: Option<String>,
    language: Option<String>,
    from: Option<String>,
    overrides: Vec<String>,
}

impl Template {
    /// Reads it. The event and the recipients are still to come.
    fn read(self, host: &Host) -> Result<impl FnOnce(EventName) -> SendRequest, Error> {
        let channel = self.channel.as_deref().map(values::channel).transpose()?;
        let payload = template_values(self.payload.as_deref(), &self.param, host)?;
        let language = self.language.as_deref().map(values::language).transpose()?;
        let overrides = values::overrides(&self.overrides)?;
        let from = self
            .from
            .as_deref()
            .map(|text| values::sender(text, channel.as_ref()))
            .transpose()?;
        Ok(move |event| SendRequest {
            event,
            channel,
            to: Audience::Listeners,
            payload,
            language,
            overrides,
            from,
        })
    }
}

fn audiences(recipients: Vec<Recipient>, one_request: bool) -> Vec<Audience> {
    if one_request {
        vec![Audience::Many(recipients)]
    } else {
        recipients.into_iter().map(Audience::One).collect()
    }
}

/// Returns a request for each audience.
fn requests(
    mut request: SendRequest,
    audiences: Vec<Audience>,
    key: Option<&IdempotencyKey>,
) -> Vec<(SendRequest, Option<IdempotencyKey>)> {
    let several = audiences.len() > 1;
    audiences
        .into_iter()
        .map(|audience| {
            request.to = audience;
            let key = key.map(|key| match several {
                true => key.derive(&request.to.to_wire().unwrap_or_default().to_string()),
                false => key.clone(),
            });
            (request.clone(), key)
        })
        .collect()
}

/// Returns how long the whole command may take; none for no end.
fn time_for_all(text: Option<String>) -> Result<Option<Duration>, Error> {
    match text {
        Some(text) => values::timeout("--timeout", &text),
        None => Ok(Some(super::watch::DEFAULT_TIMEOUT)),
    }
}

fn template_values(
    file: Option<&str>,
    pairs: &[String],
    host: &Host,
) -> Result<Map<String, Value>, Error> {
    let mut payload = match file {
        None => Map::new(),
        Some("-") => {
            let text = host.read_stdin().map_err(|source| Error::Input {
                what: "--payload: stdin".to_owned(),
                source,
            })?;
            values::object("--payload: stdin", &text)?
        }
        Some(path) => {
            let what = format!("--payload: the file `{path}`");
            values::object(&what, &values::file(&what, path)?)?
        }
    };
    for text in pairs {
        let (key, value) = values::pair("--param", text)?;
        payload.insert(key, value);
    }
    Ok(payload)
}
