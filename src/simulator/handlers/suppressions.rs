//! `/_simulator/suppressions`, which returns and changes the suppression list.

use crate::api::control::{ChangedResponse, SuppressionRequest, SuppressionsResponse};
use crate::simulator::error_codes::Reason;
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract;
use crate::simulator::respond::ok;
use crate::simulator::store::Scope;
use crate::simulator::validate::{self, RawBody};
use crate::text;

const COMMANDS: &str = r#"{"add": {"channel": CHANNEL, "recipient": RECIPIENT, "reason": CODE}} or {"remove": RECIPIENT}"#;

pub async fn list(scope: Scope) -> HandlerResult {
    let (now, suppressions) = scope.read(|reader| reader.suppressions()).await?;
    Ok(ok(now, &SuppressionsResponse { suppressions }))
}

/// Adds an entry to the suppression list, or removes all entries of a recipient.
pub async fn command(scope: Scope, body: RawBody) -> HandlerResult {
    let command: SuppressionRequest = validate::parse_command(body, COMMANDS)?;
    let (now, changed) = match command {
        SuppressionRequest::Add {
            channel,
            recipient,
            reason,
        } => {
            let channel = extract::parse_channel(channel.as_str())?;
            if recipient.is_empty() {
                return Err(ApiErrorResponse::field("recipient", "`recipient` is empty"));
            }
            let reason = parse_reason(&reason)?;
            scope
                .write(move |writer| {
                    let is_new = writer.suppress_now(&recipient, &channel, reason)?;
                    Ok(u64::from(is_new))
                })
                .await?
        }
        SuppressionRequest::Remove(recipient) => {
            scope
                .write(move |writer| writer.unsuppress(&recipient))
                .await?
        }
    };
    Ok(ok(now, &ChangedResponse { changed }))
}

fn parse_reason(code: &str) -> Result<Reason, ApiErrorResponse> {
    Reason::from_code(code).ok_or_else(|| {
        let nearest = text::closest_match(code, Reason::all().map(Reason::code));
        let hint = nearest.map_or(String::new(), |code| format!("; did you mean `{code}`?"));
        ApiErrorResponse::field("reason", format!("`{code}` is not a reason{hint}"))
    })
}
