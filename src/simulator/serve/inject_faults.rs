//! Simulates the faults that need a real socket: no response, a connection that is closed or reset, and a body that
//! stops early or arrives slowly.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use futures_util::stream;
use http::HeaderValue;
use http::header::CONTENT_LENGTH;

use super::shared::InFlight;
use crate::simulator::faults::{BodyTransfer, Fault};

/// How long a simulated timeout keeps the connection open without a response.
const TIMEOUT_FAULT: Duration = Duration::from_secs(120);
/// The number of bytes in each chunk of a response body that is sent slowly on purpose.
const SLOW_CHUNK: usize = 16;
/// The pause between two chunks of a response body that is sent slowly on purpose.
const SLOW_INTERVAL: Duration = Duration::from_millis(200);

/// The error that makes hyper cut the connection, because the recipient of the request simulates a fault.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub struct InjectedCut;

/// Applies the simulated fault in the response's extensions, if there is one.
///
/// # Errors
/// [`InjectedCut`] if the fault ends the connection without a response.
pub async fn apply(response: Response, in_flight: InFlight) -> Result<Response, InjectedCut> {
    if let Some(fault) = response.extensions().get::<Fault>() {
        match fault {
            Fault::LostResponse => {}
            Fault::Reset => in_flight.connection.reset.store(true, Ordering::Relaxed),
            Fault::Timeout => {
                tokio::select! {
                    () = tokio::time::sleep(TIMEOUT_FAULT) => {}
                    () = in_flight.shared.wait_for_shutdown() => {}
                }
            }
        }
        return Err(InjectedCut);
    }
    Ok(match response.extensions().get::<BodyTransfer>().copied() {
        None => response,
        Some(BodyTransfer::CutOff { content_length }) => truncate(response, content_length).await,
        Some(BodyTransfer::Drip) => slow_down(response, in_flight).await,
    })
}

/// Announces a body of `content_length` bytes, which is longer than the actual body, and cuts the connection after the
/// body.
async fn truncate(response: Response, content_length: usize) -> Response {
    let (response, body) = split_body(response).await;
    let chunks = stream::unfold(Some(body), |rest| async {
        match rest {
            Some(bytes) if !bytes.is_empty() => Some((Ok(bytes), Some(Bytes::new()))),
            Some(_) => {
                // Lets hyper write the body first. The error would discard a body that is not written yet.
                tokio::task::yield_now().await;
                Some((Err(InjectedCut), None))
            }
            None => None,
        }
    });
    with_body(response, content_length, Body::from_stream(chunks))
}

/// Sends the response body slowly, in small chunks. The request stays in flight until the last chunk has been sent.
async fn slow_down(response: Response, in_flight: InFlight) -> Response {
    let (response, body) = split_body(response).await;
    let content_length = body.len();
    let is_first = true;
    let chunks = stream::unfold(
        (body, is_first, in_flight),
        |(mut rest, is_first, in_flight)| async move {
            if rest.is_empty() {
                return None;
            }
            if !is_first {
                tokio::time::sleep(SLOW_INTERVAL).await;
            }
            let chunk = rest.split_to(SLOW_CHUNK.min(rest.len()));
            Some((Ok::<_, InjectedCut>(chunk), (rest, false, in_flight)))
        },
    );
    with_body(response, content_length, Body::from_stream(chunks))
}

/// Splits a response into its head and its whole body. Does not wait, because the simulator's bodies are in memory.
async fn split_body(response: Response) -> (http::Response<()>, Bytes) {
    let (parts, mut body) = response.into_parts();
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        bytes.extend(frame.into_data().unwrap_or_default());
    }
    (http::Response::from_parts(parts, ()), Bytes::from(bytes))
}

fn with_body(mut response: http::Response<()>, content_length: usize, body: Body) -> Response {
    let length = u64::try_from(content_length).unwrap_or(u64::MAX);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    response.map(|()| body)
}
