//! `send --dry-run`: the requests that would be sent.

use super::report::PreviewedRequest;
use crate::api::{Address, ApiKey, Environment, IdempotencyKey, SerializedSend};
use crate::commands::command::Context;
use crate::config::{self, ServiceError};
use crate::error::Error;
use crate::model::SendRequest;

/// The base URL in previews of requests to the simulator: the default address of `simulator serve`.
const SIMULATOR_ADDRESS: &str = "http://127.0.0.1:7363";

/// The format in which `--dry-run` prints requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Preview {
    /// Method, URL, headers and body as JSON
    Json,
    /// A curl command that reads the key from $SENDIVENT_API_KEY
    Curl,
}

/// Returns the requests as they would be sent, but without the `Authorization` header. Nothing is sent or stored.
pub fn preview(
    requests: &[(SendRequest, Option<IdempotencyKey>)],
    context: Context<'_>,
) -> Result<Vec<PreviewedRequest>, Error> {
    let base = base(context)?;
    let host = context.host;
    let key = ApiKey::parse("test_preview")
        .map_err(|error| Error::usage(error.to_string(), "Report this as a bug."))?;
    let requests = requests.iter().map(|(request, idempotency_key)| {
        // Without `--idempotency-key`, each preview has a new key: a curl command that is pasted is a new send.
        let new_key = || host.entropy.uuid_v7(host.clock.now()).into();
        let idempotency_key = idempotency_key.clone().unwrap_or_else(new_key);
        let http = SerializedSend::new(request)?.to_http(&idempotency_key, &key);
        let headers = http
            .headers()
            .iter()
            .filter(|(name, _)| *name != http::header::AUTHORIZATION)
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.to_string(), value)
            });
        Ok(PreviewedRequest {
            method: http.method().to_string(),
            url: format!("{base}{}", http.uri().path()),
            headers: headers.collect(),
            body: context.redactor.json(serde_json::json!(request)),
        })
    });
    requests.collect()
}

/// Returns the base URL of the requests. Without an API key, which a preview does not need, this is the configured
/// address or else the sandbox's.
fn base(context: Context<'_>) -> Result<String, Error> {
    let (session, host) = (context.session, context.host);
    if session.simulate {
        return Ok(SIMULATOR_ADDRESS.to_owned());
    }
    match session.service(host) {
        Ok(service) => Ok(service.address.to_string()),
        Err(ServiceError::NoKey { .. }) => {
            let (_, profile) = config::resolve_profile(&session.flags, host)?;
            let configured = config::resolve_address(&session.flags, &profile, host)?;
            let default = Address::of(Environment::Sandbox);
            Ok(configured
                .map_or(default, |(address, _)| address)
                .to_string())
        }
        Err(error) => Err(error.into()),
    }
}
