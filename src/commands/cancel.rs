//! `cancel`: cancels the pending notifications of an event for one or more recipients.

use clap::Args;
use serde::Serialize;

use super::args::{recipients, values};
use super::command::{Command, Context, Needs, Setup};
use super::send::reject_embedded_key;
use crate::error::Error;
use crate::model::{EventName, Recipient};
use crate::output::{Report, TextWriter};
use crate::redact::Pii;
use crate::text;

/// Cancel the pending notifications of an event for a recipient
///
/// Messages that the provider has already accepted are not recalled.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Example:\n  sendivent --simulate cancel welcome --to queued@simulator.test"
)]
pub struct Cancel {
    /// The event of the notifications, such as `welcome`
    event: String,

    /// Cancel for this recipient, as given to `send`; repeat for several
    #[arg(short, long, value_name = "RECIPIENT", required = true)]
    to: Vec<String>,
}

impl Command for Cancel {
    const NAME: &'static str = "cancel";
    const NEEDS: Needs = Needs::Service;
    type Input = (EventName, Vec<Recipient>);
    type Report = CancelReport;

    fn validate(self, setup: &Setup<'_>) -> Result<Self::Input, Error> {
        let Self { event, to } = self;
        setup.redactor.learn(|known| {
            to.iter().for_each(|text| known.add_typed(text));
            known.remove(&event);
        });
        let event = values::event("EVENT", &event)?;
        let recipients = recipients::all(&to)?;
        setup.redactor.learn(|known| {
            let recipients = recipients.iter();
            recipients.for_each(|to| known.add_json(to.to_wire()));
            known.remove(event.as_str());
        });
        if !setup.session.simulate {
            let key = &setup.session.service(setup.host)?.key;
            let texts = recipients.iter().map(|to| to.to_wire().to_string());
            reject_embedded_key(texts.chain([event.to_string()]), key)?;
        }
        Ok((event, recipients))
    }

    async fn run(
        (event, recipients): Self::Input,
        context: Context<'_>,
    ) -> Result<CancelReport, Error> {
        let client = context.client(None)?;
        let mut results = Vec::with_capacity(recipients.len());
        for recipient in recipients {
            let response = client.cancel(&event, &recipient).await.map_err(|failure| {
                let what = format!("cancelling `{event}` for {}", recipient.label());
                Error::of_request(&what, failure)
            })?;
            results.push(Cancellation {
                event: event.to_string(),
                recipient: context.redactor.recipient(recipient.label()),
                cancelled: response.body.cancelled,
            });
        }
        Ok(CancelReport { results })
    }
}

/// The number of cancelled notifications for each recipient.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CancelReport {
    results: Vec<Cancellation>,
}

/// The number of cancelled notifications for one recipient.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Cancellation {
    event: String,
    recipient: Pii<String>,
    /// How many notifications were cancelled; zero if none was pending.
    cancelled: u64,
}

impl Report for CancelReport {
    const SCHEMA: &'static str = "sendivent.cancel/1";

    fn text(&self, out: &mut TextWriter<'_>) {
        for Cancellation {
            event,
            recipient,
            cancelled,
        } in &self.results
        {
            let result = match *cancelled {
                0 => "nothing was pending".to_owned(),
                count => format!("{} cancelled", text::count_noun(count, "notification")),
            };
            let recipient = out.style().sanitize(recipient);
            out.line(format_args!("{event}  {recipient}  {result}"));
        }
    }
}
