//! The way to one recipient: its channel, its identifier, and what it makes happen.

use http::StatusCode;
use serde_json::Value;

use super::addressing::RecipientSpec;
use super::error_response::ApiErrorResponse;
use super::faults::{Fault, HttpAnswer};
use super::scenarios::{Outcome, Steering, steer};
use super::sending::{Order, ResponseFault, Verdict};
use super::store::{Reader, StoreError, Writer};
use crate::model::{Channel, Identifier};

/// One recipient that can be written to.
pub struct Route {
    /// Who it is.
    pub addressee: RecipientSpec,
    /// The channel.
    pub channel: Channel,
    /// The identifier that the channel uses.
    pub identifier: String,
    /// What it makes happen, if it steers.
    pub scenarios: Option<Steering>,
    /// What spoils the answer, if something does.
    pub spoiler: Option<ResponseFault>,
}

impl Route {
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
        let mut addressee = match RecipientSpec::read(recipient) {
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
        let scenarios = match steer(&channel, &identifier) {
            Ok(scenarios) => scenarios,
            Err(unknown) => {
                let refused = ApiErrorResponse::new(
                    StatusCode::BAD_REQUEST,
                    "UNKNOWN_OUTCOME",
                    unknown.to_string(),
                );
                return Ok(Err(Verdict::Refused(refused.with_field("to"))));
            }
        };
        let mut spoiler = None;
        match scenarios.as_ref().map(|scenarios| scenarios.outcome) {
            Some(Outcome::Fault(Fault::LostAnswer)) => spoiler = Some(ResponseFault::Lost),
            Some(Outcome::Fault(fault)) => return Ok(Err(Verdict::UnresolvedSend(fault))),
            Some(Outcome::Body(body)) => spoiler = Some(ResponseFault::Body(body)),
            Some(Outcome::Http { status, times }) => {
                let due = match times {
                    Some(times) => writer.increment_counter(&identifier, times)?.is_some(),
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
            Some(Outcome::Scenario(_) | Outcome::Flaky(_)) | None => {}
        }
        Ok(Ok(Self {
            addressee,
            channel,
            identifier,
            scenarios,
            spoiler,
        }))
    }
}

/// What the request says decides; only without an identifier in it does the stored contact.
fn route(
    reader: &Reader<'_>,
    addressee: &mut RecipientSpec,
    forced: Option<&Channel>,
) -> Result<Option<(Channel, String)>, StoreError> {
    if addressee.route(forced).is_none()
        && let Some(known) = reader.known_contact_fields(addressee)?
    {
        addressee.know(&known);
    }
    Ok(addressee
        .route(forced)
        .map(|(channel, identifier)| (channel, identifier.to_owned())))
}

fn unreachable(addressee: &RecipientSpec, forced: Option<&Channel>) -> ApiErrorResponse {
    let error = match forced.map(|channel| (channel, Identifier::of_channel(channel))) {
        Some((channel, Some(identifier))) => {
            let field = identifier.field();
            format!("The contact has no `{field}` for the channel {channel}")
        }
        Some((channel, None)) => format!("The contact cannot be reached over {channel}"),
        None => match addressee.identifier(Identifier::ExternalId) {
            Some(id) => format!(
                "No contact `{id}` with an address, a number or another identifier is known"
            ),
            None => "The contact has no identifier of any channel".to_owned(),
        },
    };
    let mut refused = ApiErrorResponse::new(StatusCode::BAD_REQUEST, "MISSING_IDENTIFIER", error)
        .with_field("to");
    refused.body.channel = forced.map(ToString::to_string);
    refused
}
