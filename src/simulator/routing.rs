//! Resolves one recipient of a send to a channel, an identifier on that channel, and a scenario.

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

/// A recipient of a send, with the channel and the scenario of its message.
pub struct RecipientRoute {
    pub recipient: RecipientSpec,
    pub channel: Channel,
    /// The identifier that the channel uses, such as an email address for email.
    pub identifier: String,
    /// The scenario that the identifier selects; `None` for an identifier without a scenario, such as
    /// `ada@example.com`.
    pub scenario: Option<ScenarioMatch>,
    /// How the scenario breaks the response to the send; `None` if the response is correct.
    pub broken_response: Option<BrokenResponse>,
}

/// Why a send was not stored.
pub enum NotStored {
    /// The response to the whole send. Either the send is invalid, or the scenario of a recipient is an HTTP error, a
    /// timeout or a reset.
    Rejected(Box<Response>),
    Store(StoreError),
}

impl NotStored {
    fn rejected(response: impl IntoResponse) -> Self {
        Self::Rejected(Box::new(response.into_response()))
    }
}

impl From<ApiErrorResponse> for NotStored {
    fn from(error: ApiErrorResponse) -> Self {
        Self::rejected(error)
    }
}

impl From<StoreError> for NotStored {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl RecipientRoute {
    /// Resolves one recipient of a send. Writes nothing, except that a scenario such as `http-429-2` increments its
    /// counter.
    pub fn resolve(
        writer: &Writer<'_>,
        event: &EventName,
        path_channel: Option<&Channel>,
        recipient: &Value,
    ) -> Result<Self, NotStored> {
        let mut recipient = RecipientSpec::parse(recipient)?;
        let Some((channel, identifier)) = choose_channel(writer, &mut recipient, path_channel)?
        else {
            return Err(missing_identifier(&recipient, path_channel).into());
        };
        let scenario = resolve_scenario(&channel, &identifier).map_err(|unknown| {
            let (status, error) = (StatusCode::BAD_REQUEST, unknown.to_string());
            ApiErrorResponse::new(status, "UNKNOWN_SCENARIO", error).with_field("to")
        })?;
        let broken_response = match scenario.as_ref().map(|scenario| scenario.behavior) {
            Some(Behavior::Fault(fault)) => return Err(NotStored::rejected(fault)),
            Some(Behavior::BrokenResponse(broken)) => Some(broken),
            Some(Behavior::Http { status, times }) => {
                let applies = match times {
                    Some(times) => writer.increment_counter(&identifier, times)?.is_some(),
                    None => true,
                };
                if applies {
                    return Err(NotStored::rejected(http_error(status, event, &channel)));
                }
                None
            }
            Some(Behavior::Message(_) | Behavior::Flaky(_)) | None => None,
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

/// Returns the channel and the identifier of a recipient. Uses the identifiers in the request, and reads the stored
/// contact only if these identifiers select no channel.
fn choose_channel(
    reader: &Reader<'_>,
    recipient: &mut RecipientSpec,
    path_channel: Option<&Channel>,
) -> Result<Option<(Channel, String)>, StoreError> {
    if recipient.channel(path_channel).is_none()
        && let Some(stored) = reader.known_contact(recipient)?
    {
        recipient.merge_stored_fields(stored);
    }
    Ok(recipient
        .channel(path_channel)
        .map(|(channel, identifier)| (channel, identifier.to_owned())))
}

fn missing_identifier(
    recipient: &RecipientSpec,
    path_channel: Option<&Channel>,
) -> ApiErrorResponse {
    let message = match path_channel.map(|channel| (channel, Identifier::of_channel(channel))) {
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
    error.body.channel = path_channel.map(ToString::to_string);
    error
}
