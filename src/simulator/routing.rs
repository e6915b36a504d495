//! The route to one recipient: its channel, its identifier, and what it makes happen.

use http::StatusCode;
use serde_json::Value;

use super::error_response::ApiErrorResponse;
use super::faults::{Fault, HttpFault, ResponseFault};
use super::recipient_spec::RecipientSpec;
use super::scenarios::{Behavior, ScenarioMatch, resolve_scenario};
use super::store::{Reader, StoreError, Writer};
use crate::model::{Channel, EventName, Identifier};

/// A recipient with the channel that reaches it.
pub struct Route {
    pub recipient: RecipientSpec,
    pub channel: Channel,
    /// The identifier that the channel uses.
    pub identifier: String,
    /// `None` for an ordinary recipient.
    pub scenario: Option<ScenarioMatch>,
    pub response_fault: Option<ResponseFault>,
}

/// A recipient that ends the whole request. Nothing is stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// The request is invalid.
    Invalid(ApiErrorResponse),
    /// The scenario is an HTTP error.
    Http(HttpFault),
    /// The scenario is a response that the transport withholds.
    Fault(Fault),
}

impl Route {
    /// Resolves one recipient of a send. Writes nothing but the count of an HTTP error.
    pub fn resolve(
        writer: &Writer<'_>,
        event: &EventName,
        forced: Option<&Channel>,
        recipient: &Value,
    ) -> Result<Result<Self, Rejection>, StoreError> {
        let mut recipient = match RecipientSpec::parse(recipient) {
            Ok(recipient) => recipient,
            Err(invalid) => return Ok(Err(Rejection::Invalid(invalid.into()))),
        };
        let Some((channel, identifier)) = choose_channel(writer, &mut recipient, forced)? else {
            let error = missing_identifier(&recipient, forced);
            return Ok(Err(Rejection::Invalid(error)));
        };
        let scenario = match resolve_scenario(&channel, &identifier) {
            Ok(scenario) => scenario,
            Err(unknown) => {
                let error = ApiErrorResponse::new(
                    StatusCode::BAD_REQUEST,
                    "UNKNOWN_SCENARIO",
                    unknown.to_string(),
                );
                return Ok(Err(Rejection::Invalid(error.with_field("to"))));
            }
        };
        let response_fault = match scenario.as_ref().map(|scenario| scenario.behavior) {
            Some(Behavior::Fault(Fault::LostAnswer)) => Some(ResponseFault::Lost),
            Some(Behavior::Fault(fault)) => return Ok(Err(Rejection::Fault(fault))),
            Some(Behavior::Body(body)) => Some(ResponseFault::Body(body)),
            Some(Behavior::Http { status, times }) => {
                let applies = match times {
                    Some(times) => writer.increment_counter(&identifier, times)?.is_some(),
                    None => true,
                };
                if applies {
                    return Ok(Err(Rejection::Http(HttpFault {
                        status,
                        event: event.to_string(),
                        channel,
                    })));
                }
                None
            }
            Some(Behavior::Scenario(_) | Behavior::Flaky(_)) | None => None,
        };
        Ok(Ok(Self {
            recipient,
            channel,
            identifier,
            scenario,
            response_fault,
        }))
    }
}

/// The identifiers of the request decide; the stored contact only if they reach no channel.
fn choose_channel(
    reader: &Reader<'_>,
    recipient: &mut RecipientSpec,
    forced: Option<&Channel>,
) -> Result<Option<(Channel, String)>, StoreError> {
    if recipient.channel(forced).is_none()
        && let Some(stored) = reader.known_contact(recipient)?
    {
        recipient.merge_stored_fields(stored);
    }
    Ok(recipient
        .channel(forced)
        .map(|(channel, identifier)| (channel, identifier.to_owned())))
}

fn missing_identifier(recipient: &RecipientSpec, forced: Option<&Channel>) -> ApiErrorResponse {
    let message = match forced.map(|channel| (channel, Identifier::of_channel(channel))) {
        Some((channel, Some(identifier))) => {
            let field = identifier.field();
            format!("The contact has no `{field}` for the channel {channel}")
        }
        Some((channel, None)) => format!("The contact cannot be reached over {channel}"),
        None => match recipient.identifier(Identifier::ExternalId) {
            Some(id) => format!("No contact `{id}` with an identifier of any channel is known"),
            None => "The contact has no identifier of any channel".to_owned(),
        },
    };
    let mut error = ApiErrorResponse::new(StatusCode::BAD_REQUEST, "MISSING_IDENTIFIER", message)
        .with_field("to");
    error.body.channel = forced.map(ToString::to_string);
    error
}
