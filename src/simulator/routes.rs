//! The router: what the service documents, below `/v1`.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use serde_json::Value;

use super::addressing::RecipientSpec;
use super::contacts;
use super::control;
use super::error_response::{ApiErrorResponse, json, json_text};
use super::events;
use super::faults::Fault;
use super::openapi;
use super::sending::{self, Order, ResponseFault, Verdict};
use super::store::{Scope, Store, StoredNotification};
use super::validate;
use super::webhooks::{self, Rules, WebhookState};
use crate::api::{CancelResponse, IDEMPOTENT_REPLAY, SIMULATED, VIRTUAL_TIME};
use crate::host::{Clock, Entropy};
use crate::model::{Channel, EventName, UnknownChannel, from_millis, rfc3339};
use crate::sqlite::{DbLocation, OpenError};
use crate::words;

/// The simulator of the service. Its clones are the same simulator.
#[derive(Clone)]
pub struct Simulator {
    store: Arc<Store>,
    webhook_state: Arc<WebhookState>,
    built: Arc<OnceLock<Router>>,
}

/// The virtual time at which a request was answered, in a response's extensions.
#[derive(Clone, Copy)]
pub struct AnsweredAt(pub i64);

/// The longest body of a request, in bytes (assumed).
pub const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// Keys of production are taken, too: in a request's extensions.
#[derive(Clone, Copy)]
pub struct AcceptsLiveKeys;

/// The request was refused because its key is one of production: in a response's extensions.
#[derive(Clone, Copy)]
pub struct RefusedLiveKey;

/// What a handler gives.
pub type HandlerResult = Result<Response, ApiErrorResponse>;

impl Simulator {
    /// Opens the simulator's file, or makes it.
    ///
    /// # Errors
    /// [`OpenError`]; a file that is not the simulator's is left as it was.
    pub fn open(place: &DbLocation, clock: Clock, entropy: Entropy) -> Result<Self, OpenError> {
        Ok(Self::of(Store::open(place, clock, entropy)?))
    }

    /// Opens the simulator's file, or makes it, for many requests at once.
    ///
    /// # Errors
    /// As [`Simulator::open`].
    pub fn open_to_serve(
        place: &DbLocation,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, OpenError> {
        Ok(Self::of(Store::open_concurrent(place, clock, entropy)?))
    }

    fn of(store: Store) -> Self {
        Self {
            store: Arc::new(store),
            webhook_state: Arc::default(),
            built: Arc::default(),
        }
    }

    /// Returns the same simulator with other rules about where webhooks may go.
    #[must_use]
    pub fn with_webhook_rules(self, rules: Rules) -> Self {
        Self {
            store: self.store,
            webhook_state: Arc::new(WebhookState::new(rules)),
            built: Arc::default(),
        }
    }

    /// Returns the file.
    pub(super) fn store(&self) -> Arc<Store> {
        Arc::clone(&self.store)
    }

    /// Returns what everything about webhooks shares.
    pub(super) fn webhook_state(&self) -> Arc<WebhookState> {
        Arc::clone(&self.webhook_state)
    }

    /// Returns the router, which is built once.
    pub fn service(&self) -> Router {
        self.built.get_or_init(|| self.router()).clone()
    }

    /// Returns the whole API and the control plane. A response may carry a [`Fault`] in its extensions: the transport
    /// has to act on it.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/send/{event}", post(send))
            .route("/v1/send/{event}/{channel}", post(send_over))
            .route("/v1/notifications/{id}", get(notification))
            .route("/v1/cancel/{event}", post(cancel))
            .merge(contacts::router())
            .merge(events::router())
            .merge(control::router())
            .merge(webhooks::router())
            .merge(webhooks::control_router())
            .route_layer(from_fn(typed))
            .fallback(unknown)
            .method_not_allowed_fallback(wrong_method)
            .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
            .layer(from_fn_with_state(Arc::clone(&self.store), authenticate))
            .layer(from_fn_with_state(
                Arc::clone(&self.webhook_state),
                webhooks::notify_dispatcher,
            ))
            .layer(Extension(Arc::clone(&self.webhook_state)))
            .with_state(Arc::clone(&self.store))
    }
}

/// Checks the type of a body, once there is somebody to take it.
async fn typed(request: Request, next: Next) -> Response {
    match validate::check_content_type(request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    }
}

/// Checks the key before, and adds what every answer carries after.
async fn authenticate(State(store): State<Arc<Store>>, request: Request, next: Next) -> Response {
    let refused = if is_below(request.uri(), "/v1") {
        let live = request.extensions().get::<AcceptsLiveKeys>().is_some();
        validate::check_key(request.headers(), live).err()
    } else {
        None
    };
    let mut response = match refused {
        Some(refused) => {
            let is_live = validate::is_live(request.headers());
            let mut response = refused.into_response();
            if is_live {
                response.extensions_mut().insert(RefusedLiveKey);
            }
            response
        }
        None => next.run(request).await,
    };
    let answered = match response.extensions_mut().remove::<AnsweredAt>() {
        Some(AnsweredAt(at)) => Some(at),
        // A file that cannot be read leaves the answer without the time, not without its error.
        None => store.read(|reader| Ok(reader.now)).await.ok(),
    };
    let headers = response.headers_mut();
    headers.insert(SIMULATED, HeaderValue::from_static("true"));
    let time = answered.map(|at| HeaderValue::from_str(&rfc3339(from_millis(at))));
    if let Some(Ok(time)) = time {
        headers.insert(VIRTUAL_TIME, time);
    }
    response
}

fn is_below(uri: &Uri, root: &str) -> bool {
    let rest = uri.path().strip_prefix(root);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Notes when a request was answered.
pub fn at(now: i64, mut response: Response) -> Response {
    response.extensions_mut().insert(AnsweredAt(now));
    response
}

async fn unknown(uri: Uri) -> ApiErrorResponse {
    let path = uri.path();
    if let Some(bare) = path.strip_suffix('/').filter(|bare| openapi::knows(bare)) {
        let error = format!("There is nothing at {path}: the path has no slash at its end, {bare}");
        return ApiErrorResponse::not_found(error);
    }
    if is_below(&uri, "/v1") {
        return ApiErrorResponse::new(
            StatusCode::NOT_IMPLEMENTED,
            "NOT_SIMULATED",
            format!(
                "The simulator does not answer {path}; the fidelity table in the README says what it answers"
            ),
        );
    }
    ApiErrorResponse::not_found(format!("There is nothing at {path}"))
}

async fn wrong_method(method: Method, uri: Uri) -> ApiErrorResponse {
    ApiErrorResponse::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "METHOD_NOT_ALLOWED",
        format!("{} does not take {method}", uri.path()),
    )
}

async fn send(
    scope: Scope,
    event: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> HandlerResult {
    let Path(event) = event.map_err(path_refused)?;
    send_to(&scope, &event, None, &headers, body).await
}

async fn send_over(
    scope: Scope,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> HandlerResult {
    let Path((event, channel)) = path.map_err(path_refused)?;
    let channel = channel_named(&channel)?;
    send_to(&scope, &event, Some(channel), &headers, body).await
}

async fn send_to(
    scope: &Scope,
    event: &str,
    channel: Option<Channel>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> HandlerResult {
    let order = Order {
        event: event_named(event)?,
        channel,
        body: validate::send_body(&validate::object(body)?)?,
        key: validate::idempotency_key(headers)?,
    };
    let (now, verdict) = scope
        .write(move |writer| Ok((writer.now, sending::send(writer, &order)?)))
        .await?;
    let good = |body: String| json_text(StatusCode::OK, body.into_bytes());
    let response = match verdict {
        Verdict::Accepted(body, None) => good(body),
        Verdict::Accepted(body, Some(ResponseFault::Body(broken))) => broken.answer(&body),
        Verdict::Accepted(_, Some(ResponseFault::Lost)) => Fault::LostAnswer.answer(),
        Verdict::Replayed(body) => {
            let mut response = good(body);
            let replay = HeaderValue::from_static("true");
            response.headers_mut().insert(IDEMPOTENT_REPLAY, replay);
            response
        }
        Verdict::Refused(refused) => refused.into_response(),
        Verdict::Answered(error) => error.answer(),
        Verdict::UnresolvedSend(fault) => fault.answer(),
    };
    Ok(at(now, response))
}

async fn notification(scope: Scope, id: Result<Path<String>, PathRejection>) -> HandlerResult {
    let (now, found) = find(&scope, id).await?;
    Ok(at(now, json(StatusCode::OK, &found.snapshot(now))))
}

/// Finds the notification that a path names.
///
/// # Errors
/// A 404, for a malformed id and for one of another run, too.
pub async fn find(
    scope: &Scope,
    id: Result<Path<String>, PathRejection>,
) -> Result<(i64, StoredNotification), ApiErrorResponse> {
    let Path(text) = id.map_err(path_refused)?;
    let missing = || ApiErrorResponse::not_found(format!("Notification not found: {text}"));
    let id = uuid::Uuid::try_parse(&text).map_err(|_| missing())?;
    let (now, found) = scope
        .read(move |reader| Ok((reader.now, reader.notification(id)?)))
        .await?;
    Ok((now, found.ok_or_else(missing)?))
}

async fn cancel(
    scope: Scope,
    event: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> HandlerResult {
    let Path(event) = event.map_err(path_refused)?;
    let event = event_named(&event)?;
    let to = match validate::object(body)?.get("to") {
        Some(to) if *to != Value::Null => RecipientSpec::read(to)?,
        _ => {
            return Err(ApiErrorResponse::field(
                "to",
                "Whom to cancel for is missing",
            ));
        }
    };
    let name = event.to_string();
    let (now, cancelled) = scope
        .write(move |writer| Ok((writer.now, writer.cancel(&event, to)?)))
        .await?;
    let body = CancelResponse {
        event: name,
        cancelled,
    };
    Ok(at(now, json(StatusCode::OK, &body)))
}

fn event_named(name: &str) -> Result<EventName, ApiErrorResponse> {
    name.parse().map_err(|error: crate::model::InvalidEvent| {
        ApiErrorResponse::field("event", error.to_string())
    })
}

/// Reads a channel of the service.
///
/// # Errors
/// A 400 that names the nearest.
pub fn channel_named(name: &str) -> Result<Channel, ApiErrorResponse> {
    name.parse().map_err(|error: UnknownChannel| {
        let known = Channel::ALL.map(|channel| channel.to_string());
        let names = known.iter().map(String::as_str);
        let hint = match words::nearest(name, names) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("the channels are {}", words::all(&known)),
        };
        ApiErrorResponse::field("channel", format!("{error}; {hint}"))
    })
}

/// Refuses a path whose percent-encoding is broken.
pub fn path_refused(rejection: PathRejection) -> ApiErrorResponse {
    ApiErrorResponse::invalid(format!(
        "The path cannot be read: {}",
        rejection.body_text()
    ))
}
