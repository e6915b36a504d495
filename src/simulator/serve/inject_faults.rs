//! Acting out what only a socket can have: no answer, a connection that is cut or reset, and bodies that stop or drip.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use futures_util::stream;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;

use super::connection::InFlight;
use crate::simulator::faults::{Delivery, Fault};

/// How long an answer that never comes keeps its connection.
const HELD: Duration = Duration::from_secs(120);
/// How much of a body drips at once, and how often.
const DROP: usize = 16;
const EVERY: Duration = Duration::from_millis(200);

/// The connection ends here, on purpose.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub struct Cut;

/// Returns whether there will be no answer.
pub fn is_silent(response: &Response) -> bool {
    response.extensions().get::<Fault>().is_some()
}

/// Does what the response's extensions say.
///
/// # Errors
/// [`Cut`], when the connection is to end without an answer.
pub async fn act(response: Response, in_flight: InFlight) -> Result<Response, Cut> {
    match response.extensions().get::<Fault>() {
        None => {}
        Some(Fault::LostAnswer) => return Err(Cut),
        Some(Fault::Reset) => {
            in_flight.course.reset.store(true, Ordering::Relaxed);
            return Err(Cut);
        }
        Some(Fault::Timeout) => {
            tokio::select! {
                () = tokio::time::sleep(HELD) => {}
                () = in_flight.shared.stop() => {}
            }
            return Err(Cut);
        }
    }
    Ok(match response.extensions().get::<Delivery>().copied() {
        None => response,
        Some(Delivery::Cut { promised }) => cut(response, promised).await,
        Some(Delivery::Drip) => drip(response, in_flight).await,
    })
}

/// Promises more than there is, and cuts the connection where it ends.
async fn cut(response: Response, promised: usize) -> Response {
    let (response, body) = taken(response, Some(promised)).await;
    let pieces = stream::unfold(Some(body), |rest| async {
        match rest {
            Some(bytes) if !bytes.is_empty() => Some((Ok(bytes), Some(Bytes::new()))),
            Some(_) => {
                // What was given is on its way to the client when this goes on.
                tokio::task::yield_now().await;
                Some((Err(Cut), None))
            }
            None => None,
        }
    });
    response.map(|()| Body::from_stream(pieces))
}

/// Gives the body in drops.
async fn drip(response: Response, in_flight: InFlight) -> Response {
    let (response, body) = taken(response, None).await;
    let begin = (body, false, in_flight);
    let pieces = stream::unfold(begin, |(mut rest, waits, in_flight)| async move {
        if rest.is_empty() {
            return None;
        }
        if waits {
            tokio::time::sleep(EVERY).await;
        }
        let piece = rest.split_to(DROP.min(rest.len()));
        Some((Ok::<_, Cut>(piece), (rest, true, in_flight)))
    });
    response.map(|()| Body::from_stream(pieces))
}

/// Takes the body out, and says how long it is, or is to seem.
async fn taken(response: Response, promised: Option<usize>) -> (http::Response<()>, Bytes) {
    let (mut parts, mut body) = response.into_parts();
    let mut whole = Vec::new();
    // The bodies of the simulator are in memory: this does not wait.
    while let Some(Ok(frame)) =
        std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_frame(context)).await
    {
        whole.extend(frame.into_data().unwrap_or_default());
    }
    let length = promised.unwrap_or(whole.len());
    let length = HeaderValue::from(u64::try_from(length).unwrap_or(u64::MAX));
    parts.headers.insert(CONTENT_LENGTH, length);
    (http::Response::from_parts(parts, ()), Bytes::from(whole))
}
