//! The route to one recipient: its channel, its identifier, and what it makes happen.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;

use super::error_response::ApiErrorResponse;
use super::fault_responses::http_error;
use super::faults::BrokenResponse;
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
    pub broken_response: Option<BrokenResponse>,
}

/// Why a send stores no message.
pub enum SendError {
    /// A recipient ends the whole request with this response: the request is invalid, or the scenario is an error.
    Rejected(Box<Response>),
    Store(StoreError),
}

impl SendError {
    fn rejected(response: impl IntoResponse) -> Self {
        Self::Rejected(Box::new(response.into_response()))
    }
}

impl From<ApiErrorResponse> for SendError {
    fn from(error: ApiErrorResponse) -> Self {
        Self::rejected(error)
    }
}

impl From<StoreError> for SendError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Route {
    /// Resolves one recipient of a send. Writes nothing but the count of an HTTP error.
    pub fn resolve(
        writer: &Writer<'_>,
        event: &EventName,
        forced: Option<&Channel>,
        recipient: &Value,
    ) -> Result<Self, SendError> {
        let mut recipient = RecipientSpec::parse(recipient)?;
        let Some((channel, identifier)) = choose_channel(writer, &mut recipient, forced)? else {
            return Err(missing_identifier(&recipient, forced).into());
        };
        let scenario = resolve_scenario(&channel, &identifier).map_err(|unknown| {
            let (status, error) = (StatusCode::BAD_REQUEST, unknown.to_string());
            ApiErrorResponse::new(status, "UNKNOWN_SCENARIO", error).with_field("to")
        })?;
        let broken_response = match scenario.as_ref().map(|scenario| scenario.behavior) {
            Some(Behavior::Fault(fault)) => return Err(SendError::rejected(fault)),
            Some(Behavior::BrokenResponse(broken)) => Some(broken),
            Some(Behavior::Http { status, times }) => {
                let applies = match times {
                    Some(times) => writer.increment_counter(&identifier, times)?.is_some(),
                    None => true,
                };
                if applies {
                    return Err(SendError::rejected(http_error(status, event, &channel)));
                }
                None
            }
            Some(Behavior::Scenario(_) | Behavior::Flaky(_)) | None => None,
        };
        Ok(Self {
            recipient,
            channel,
            identifier,
            scenario,
            broken_response,
        })
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
