//! `/_simulator/suppressions`.

use crate::api::control::{ChangedResponse, Suppression, SuppressionRequest, SuppressionsResponse};
use crate::simulator::error_codes::Reason;
use crate::simulator::error_response::{ApiErrorResponse, HandlerResult};
use crate::simulator::extract;
use crate::simulator::respond::ok;
use crate::simulator::store::Scope;
use crate::simulator::validate::{self, RawBody};
use crate::text;

const COMMANDS: &str = r#"{"add": {"channel": CHANNEL, "recipient": RECIPIENT, "reason": CODE}} or {"remove": RECIPIENT}"#;

/// Returns the suppression list.
pub async fn list(scope: Scope) -> HandlerResult {
    let (now, suppressions) = scope.read(|reader| reader.suppressions()).await?;
    Ok(ok(now, &SuppressionsResponse { suppressions }))
}

/// Adds an entry to the suppression list, or removes a recipient from it.
pub async fn command(scope: Scope, body: RawBody) -> HandlerResult {
    let command: SuppressionRequest = validate::parse_command(body, COMMANDS)?;
    let (now, changed) = match command {
        SuppressionRequest::Add(entry) => {
            let channel = extract::parse_channel(entry.channel.as_str())?;
            let reason = parse_reason(&entry)?;
            scope
                .write(move |writer| {
                    let is_new = writer.suppress_now(&entry.recipient, &channel, reason)?;
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

fn parse_reason(entry: &Suppression) -> Result<Reason, ApiErrorResponse> {
    if entry.recipient.is_empty() {
        return Err(ApiErrorResponse::field("recipient", "`recipient` is empty"));
    }
    Reason::from_code(&entry.reason).ok_or_else(|| {
        let nearest = text::closest_match(&entry.reason, Reason::all().map(Reason::code));
        let hint = nearest.map_or(String::new(), |code| format!("; did you mean `{code}`?"));
        ApiErrorResponse::field(
            "reason",
            format!("`{}` is not a reason{hint}", entry.reason),
        )
    })
}
