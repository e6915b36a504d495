//! `/_simulator/metrics`: how much there is of what, as Prometheus reads it. All are gauges: statuses change, and a reset
//! forgets.

use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;

use super::error_response::ApiErrorResponse;
use super::respond::with_timestamp;
use super::store::{Filter, Scope};

/// The format, as Prometheus names it.
const FORMAT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// `GET metrics`, of the key's namespace.
pub async fn metrics(scope: Scope) -> Result<Response, ApiErrorResponse> {
    let (now, text) = scope
        .read_in_background(|reader| {
            let counts = reader.statistics(&Filter::default())?.counts;
            let messages = counts.iter().map(|one| {
                let labels = format!("channel=\"{}\",status=\"{}\"", one.channel, one.status);
                (labels, one.count)
            });
            let mut text = String::new();
            gauge(
                &mut text,
                "messages",
                "Messages by channel and status.",
                messages,
            );
            let found = reader.notification_counts()?;
            let found = found.into_iter();
            let notifications =
                found.map(|(status, count)| (format!("status=\"{status}\""), count));
            gauge(
                &mut text,
                "notifications",
                "Notifications by status.",
                notifications,
            );
            let found = reader.delivery_counts()?;
            let found = found.into_iter();
            let deliveries = found.map(|(state, count)| (format!("state=\"{state}\""), count));
            let help = "Webhook deliveries whose event has happened, by state.";
            gauge(&mut text, "webhook_deliveries", help, deliveries);
            Ok((reader.now, text))
        })
        .await?;
    Ok(with_timestamp(
        now,
        ([(CONTENT_TYPE, FORMAT)], text).into_response(),
    ))
}

fn gauge(text: &mut String, name: &str, help: &str, rows: impl Iterator<Item = (String, u64)>) {
    text.push_str(&format!(
        "# HELP sendivent_{name} {help}\n# TYPE sendivent_{name} gauge\n"
    ));
    for (labels, count) in rows {
        text.push_str(&format!("sendivent_{name}{{{labels}}} {count}\n"));
    }
}
