//! `/_simulator/metrics`, in the text format of Prometheus. All metrics are gauges, not counters, because their values
//! can decrease: messages change their status, and a reset deletes them.

use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;

use super::error_response::ApiErrorResponse;
use super::respond::with_timestamp;
use super::store::{Filter, Scope};

const CONTENT_TYPE_TEXT: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

pub async fn metrics(scope: Scope) -> Result<Response, ApiErrorResponse> {
    let (now, text) = scope
        .read_in_background(|reader| {
            let mut text = String::new();
            let counts = reader.statistics(&Filter::default())?.counts;
            let messages = counts.iter().map(|row| {
                let labels = format!("channel=\"{}\",status=\"{}\"", row.channel, row.status);
                (labels, row.count)
            });
            let help = "Messages by channel and status.";
            write_gauge(&mut text, "messages", help, messages);
            let notifications = reader.notification_counts()?.into_iter();
            let notifications =
                notifications.map(|(status, count)| (format!("status=\"{status}\""), count));
            let help = "Notifications by status.";
            write_gauge(&mut text, "notifications", help, notifications);
            let deliveries = reader.delivery_counts()?.into_iter();
            let deliveries = deliveries.map(|(state, count)| (format!("state=\"{state}\""), count));
            let help = "Webhook deliveries whose event has happened, by state.";
            write_gauge(&mut text, "webhook_deliveries", help, deliveries);
            Ok(text)
        })
        .await?;
    Ok(with_timestamp(
        now,
        ([(CONTENT_TYPE, CONTENT_TYPE_TEXT)], text).into_response(),
    ))
}

fn write_gauge(
    text: &mut String,
    name: &str,
    help: &str,
    rows: impl Iterator<Item = (String, u64)>,
) {
    text.push_str(&format!(
        "# HELP sendivent_{name} {help}\n# TYPE sendivent_{name} gauge\n"
    ));
    for (labels, count) in rows {
        text.push_str(&format!("sendivent_{name}{{{labels}}} {count}\n"));
    }
}
