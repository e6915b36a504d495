//! `send`: sends notifications. With `--wait`, it then polls them until their status is final.

mod outcome;
mod preflight;
mod preview;
mod report;
mod sender;

use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};

#[cfg(test)]
pub use outcome::SendResult;
pub use preflight::reject_embedded_key;
use preview::{Preview, preview};
use report::Previewed;
pub use report::SendReport;
use sender::Sender;

use super::args::{recipients, values};
use super::command::{Command, Context, Needs, Setup};
use super::watch::DEFAULT_TIMEOUT;
use crate::api::IdempotencyKey;
use crate::error::Error;
use crate::host::Host;
use crate::model::{Audience, EventName, Goal, SendRequest};
use crate::output::Formats;
use crate::prompt;

/// Send a notification to one or more recipients
///
/// Unless `--one-request` is given, each recipient gets a separate request with its own idempotency key, so one request
/// can fail while others succeed. The journal records the key before the request is sent, and every retry reuses the
/// key, so that nothing is sent twice.
///
/// `send` prints a receipt for each notification; `--wait` follows its messages to their final status. On a terminal,
/// `send` prompts for a missing event or recipient.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  sendivent --simulate send welcome --to ada@example.com --wait\n  sendivent --simulate send order-shipped --to +14155550123 --channel sms -p order=1234 -p items:=3\n  sendivent --simulate send welcome --to '{\"email\":\"ada@example.com\",\"name\":\"Ada\"}' --dry-run=curl\n\nRecipients that fail on purpose: sendivent simulator recipients"
)]
pub struct Send {
    /// The event to send, such as `welcome`
    event: Option<String>,

    /// Send to an email address, +phone, Slack id, #channel, your own id, JSON or @file.json
    #[arg(short, long, value_name = "RECIPIENT")]
    to: Vec<String>,

    /// Send to the listeners in the event's definition instead of to recipients
    #[arg(long, conflicts_with_all = ["to", "one_request"])]
    broadcast: bool,

    /// Send one request with all recipients
    #[arg(long)]
    one_request: bool,

    #[command(flatten)]
    request_args: RequestArgs,

    /// Set the idempotency key; several requests use keys derived from it [default: new]
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,

    /// Wait for each message's final status, which determines the exit code
    #[arg(short, long, value_name = "GOAL", num_args = 0..=1, require_equals = true,
          default_missing_value = "settled")]
    wait: Option<Goal>,

    /// Limit the command's total time, such as 90s; `none` for no limit [default: 10m]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    timeout: Option<String>,

    /// Send for real with a live_ key, without confirmation
    #[arg(long)]
    live: bool,

    /// Print each request as JSON or as a curl command instead of sending it
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true,
          default_missing_value = "json")]
    dry_run: Option<Preview>,
}

/// The arguments that apply to every request of the command, apart from the event.
#[derive(Debug, Clone, Args)]
struct RequestArgs {
    /// Use only this channel: email, sms, slack, push, telegram, whatsapp or discord
    #[arg(short, long, value_name = "CHANNEL")]
    channel: Option<String>,

    /// Set a template value: key=text, or key:=json; repeat for several
    #[arg(short, long = "param", value_name = "KEY=VALUE")]
    param: Vec<String>,

    /// Read template values from a JSON file, or stdin with `-`; `-p` overrides them
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    payload: Option<String>,

    /// Set the language of the template, such as `en` or `sv`
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,

    /// Set the sender, which must be verified: an address, a number or a JSON object
    #[arg(long, value_name = "SENDER")]
    from: Option<String>,

    /// Override a field of the template, such as email.subject=Hello
    #[arg(long = "override", value_name = "CHANNEL.FIELD=TEXT")]
    overrides: Vec<String>,
}

/// The validated arguments of `send`.
pub struct Input {
    /// Each request with its idempotency key. The key is `None` without `--idempotency-key`; a new one is then
    /// generated before the request is sent.
    requests: Vec<(SendRequest, Option<IdempotencyKey>)>,
    wait: Option<Goal>,
    /// How long sending and waiting may take together, in real time. `None` for no limit.
    timeout: Option<Duration>,
    preview: Option<Preview>,
}

impl Command for Send {
    const NAME: &'static str = "send";
    type Input = Input;
    type Report = SendReport;

    fn name(&self) -> &'static str {
        match (&self.dry_run, &self.wait) {
            (Some(_), _) => "send --dry-run",
            (None, Some(_)) => "send --wait",
            (None, None) => Self::NAME,
        }
    }

    fn formats(&self) -> Formats {
        match (&self.dry_run, &self.wait) {
            (Some(_), _) => Formats::TEXT_AND_JSON,
            // Receipts and status changes have different CSV columns.
            (None, Some(_)) => Formats {
                rows: false,
                ids: true,
            },
            (None, None) => Formats::ALL,
        }
    }

    fn is_following(&self) -> bool {
        self.wait.is_some() && self.dry_run.is_none()
    }

    fn validate(self, setup: &Setup<'_>) -> Result<Input, Error> {
        self.learn_personal_values(setup);
        let Self {
            event,
            to,
            broadcast,
            one_request,
            request_args,
            idempotency_key,
            wait,
            timeout,
            live,
            dry_run,
        } = self;
        let (session, host) = (setup.session, setup.host);
        let is_prompted = event.is_none() || (to.is_empty() && !broadcast);
        // All arguments are validated before the first prompt, so that an error does not discard an answer, and reading
        // stdin can still be interrupted.
        let read_event = |text: &str| values::event("EVENT", text);
        let event = event.as_deref().map(read_event).transpose()?;
        let create_request = request_args.read(host)?;
        let key = idempotency_key.as_deref();
        let key = key.map(values::idempotency_key).transpose()?;
        let timeout = match timeout {
            Some(text) => values::timeout("--timeout", &text)?,
            None => Some(DEFAULT_TIMEOUT),
        };
        session.set_deadline(timeout);
        let mut to = recipients::all(&to)?;
        let needs_confirmation = match dry_run {
            Some(_) => false,
            None => preflight::check_live(live, session, host)?,
        };
        let event = event.map_or_else(|| prompt::event(session, read_event), Ok)?;
        let request = create_request(event);
        if to.is_empty() && !broadcast {
            to.push(prompt::recipient(session, recipients::one)?);
        }
        let audiences = match (broadcast, one_request) {
            (true, _) => vec![Audience::Listeners],
            (false, true) => vec![Audience::Many(to)],
            (false, false) => to.into_iter().map(Audience::One).collect(),
        };
        if (is_prompted || needs_confirmation) && dry_run.is_none() {
            preflight::confirm(session, host, &request, &audiences)?;
        }
        let requests = requests(request, audiences, key.as_ref());
        if let Some(service) = session.resolved_service() {
            preflight::reject_embedded_key_in(&requests, &service.key)?;
        }
        setup.redactor.learn(|known| {
            let requests = requests.iter();
            requests.for_each(|(request, _)| known.add_request(request));
        });
        Ok(Input {
            requests,
            wait,
            timeout,
            preview: dry_run,
        })
    }

    fn needs(input: &Input) -> Needs {
        match input.preview {
            Some(_) => Needs::Nothing,
            None => Needs::Service,
        }
    }

    async fn run(input: Input, context: Context<'_>) -> Result<SendReport, Error> {
        let Input {
            requests,
            wait,
            timeout,
            preview: form,
        } = input;
        if let Some(form) = form {
            return Ok(SendReport::Preview(Previewed {
                requests: preview(&requests, context)?,
                curl: form == Preview::Curl,
            }));
        }
        let mut sender = Sender::open(context, timeout)?;
        let sent = sender.send_all(requests).await?;
        let Some(goal) = wait else {
            return Ok(SendReport::Sent(sent));
        };
        let is_over =
            sent.output_closed || sent.interrupted.is_some() || sent.accepted_count() == 0;
        let watch = match is_over {
            true => None,
            false => Some(sender.wait(&sent.results, goal).await),
        };
        Ok(SendReport::Waited(sent, watch))
    }
}

impl Send {
    /// Registers the arguments that may contain personal data with the redactor, so that error messages mask them under
    /// `--no-pii`.
    fn learn_personal_values(&self, setup: &Setup<'_>) {
        setup.redactor.learn(|known| {
            let request_args = &self.request_args;
            let typed = self.to.iter().chain(&request_args.from);
            typed.for_each(|text| known.add_typed(text));
            let pairs = request_args.param.iter().chain(&request_args.overrides);
            pairs.for_each(|text| known.add_pair(text));
            if let Some(event) = &self.event {
                known.remove(event);
            }
        });
    }
}

impl RequestArgs {
    /// Validates the arguments. Returns a function that creates the request for an event; the caller then sets its
    /// recipients.
    fn read(self, host: &Host) -> Result<impl FnOnce(EventName) -> SendRequest, Error> {
        let Self {
            channel,
            param,
            payload,
            language,
            from,
            overrides,
        } = self;
        let channel = channel.as_deref().map(values::channel).transpose()?;
        let payload = template_values(payload.as_deref(), &param, host)?;
        let language = language.as_deref().map(values::language).transpose()?;
        let overrides = values::overrides(&overrides)?;
        let sender = |text: &str| values::sender(text, channel.as_ref());
        let from = from.as_deref().map(sender).transpose()?;
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
                // The key is derived from the recipient, not from its position, so that a repeat in another order uses the
                // same keys.
                true => key.derive(&request.to.to_wire().unwrap_or_default().to_string()),
                false => key.clone(),
            });
            (request.clone(), key)
        })
        .collect()
}

fn template_values(
    file: Option<&str>,
    pairs: &[String],
    host: &Host,
) -> Result<Map<String, Value>, Error> {
    let mut payload = match file {
        None => Map::new(),
        Some("-") => {
            let what = "--payload: stdin";
            values::object(what, &values::stdin(what, host)?)?
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
