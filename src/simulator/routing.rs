//! The way to one recipient: its channel, its identifier, and what it makes happen.

use http::StatusCode;
use serde_json::Value;

use super::addressing::{Addressee, field_of};
use super::faults::{Fault, HttpAnswer};
use super::refused::Refused;
use super::sending::{Order, Spoiler, Verdict};
use super::steering::{Outcome, Steering, steer};
use super::store::{Reader, StoreError, Writer};
use crate::model::Channel;

/// One recipient that can be written to.
pub struct Routed {
    /// Who it is.
    pub addressee: Addressee,
    /// The channel.
    pub channel: Channel,
    /// The identifier that the channel uses.
    pub identifier: String,
    /// What it makes happen, if it steers.
    pub steering: Option<Steering>,
    /// What spoils the answer, if something does.
    pub spoiler: Option<Spoiler>,
}

impl Routed {
    /// Finds the way to one recipient, or the verdict that ends the whole request. Writes nothing but the count of an HTTP
    /// error.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find(
        writer: &Writer<'_>,
        order: &Order,
        recipient: &Value,
    ) -> Result<Result<Self, Verdict>, StoreError> {
        let mut addressee = match Addressee::read(recipient) {
            Ok(addressee) => addressee,
            Err(refused) => return Ok(Err(Verdict::Refused(refused))),
        };
        let Some((channel, identifier)) = route(writer, &mut addressee, order.channel.as_ref())?
        else {
            return Ok(Err(Verdict::Refused(unreachable(
                &addressee,
                order.channel.as_ref(),
            ))));
        };
        let steering = match steer(&channel, &identifier) {
            Ok(steering) => steering,
            Err(unknown) => {
                let refused = Refused::new(
                    StatusCode::BAD_REQUEST,
                    "UNKNOWN_OUTCOME",
                    unknown.to_string(),
                );
                return Ok(Err(Verdict::Refused(refused.about("to"))));
            }
        };
        let mut spoiler = None;
        match steering.as_ref().map(|steering| steering.outcome) {
            Some(Outcome::Fault(Fault::LostAnswer)) => spoiler = Some(Spoiler::Lost),
            Some(Outcome::Fault(fault)) => return Ok(Err(Verdict::Unanswered(fault))),
            Some(Outcome::Body(body)) => spoiler = Some(Spoiler::Body(body)),
            Some(Outcome::Http { status, times }) => {
                let due = match times {
                    Some(times) => writer.count_up_to(&identifier, times)?.is_some(),
                    None => true,
                };
                if due {
                    return Ok(Err(Verdict::Answered(HttpAnswer {
                        status,
                        event: order.event.to_string(),
                        channel,
                    })));
                }
            }
            Some(Outcome::Life(_) | Outcome::Flaky(_)) | None => {}
        }
        Ok(Ok(Self {
            addressee,
            channel,
            identifier,
            steering,
            spoiler,
        }))
    }
}

/// What the request says decides; only without an identifier in it does the stored contact.
fn route(
    reader: &Reader<'_>,
    addressee: &mut Addressee,
    forced: Option<&Channel>,
) -> Result<Option<(Channel, String)>, StoreError> {
    if addressee.route(forced).is_none()
        && let Some(known) = reader.known_fields(addressee)?
    {
        addressee.know(&known);
    }
    Ok(addressee
        .route(forced)
        .map(|(channel, identifier)| (channel, identifier.to_owned())))
}

fn unreachable(addressee: &Addressee, forced: Option<&Channel>) -> Refused {
    let error = match forced.map(|channel| (channel, field_of(channel))) {
        Some((channel, Some(field))) => {
            format!("The contact has no `{field}` for the channel {channel}")
        }
        Some((channel, None)) => format!("The contact cannot be reached over {channel}"),
        None => match addressee.identifier("id") {
            Some(id) => format!(
                "No contact `{id}` with an address, a number or another identifier is known"
            ),
            None => "The contact has no identifier of any channel".to_owned(),
        },
    };
    let mut refused =
        Refused::new(StatusCode::BAD_REQUEST, "MISSING_IDENTIFIER", error).about("to");
    refused.body.channel = forced.map(ToString::to_string);
    refused
}
