//! `send --dry-run`: requests as they would go out.

use serde_json::Value;

use super::Context;
use crate::api::{Address, ApiKey, Environment, IdempotencyKey, SerializedSend};
use crate::config::{self, ServiceError};
use crate::error::Error;
use crate::intent::Preview;
use crate::model::SendRequest;
use crate::report::PreviewedRequest;

/// Returns the requests as they would go out. The API key is a placeholder: nothing is sent and nothing stored.
pub fn previews(
    requests: &[(SendRequest, Option<IdempotencyKey>)],
    form: Preview,
    context: Context<'_>,
) -> Result<Vec<PreviewedRequest>, Error> {
    let base = base(context)?;
    let host = context.host;
    let key = ApiKey::parse("test_preview")
        .map_err(|error| Error::usage(error.to_string(), "Report this as a bug."))?;
    requests
        .iter()
        .map(|(request, idempotency_key)| {
            // A line that is pasted is a send of its own: it gets a key of its own.
            let fresh = || host.entropy.uuid_v7(host.clock.now()).into();
            let idempotency_key = idempotency_key.clone().unwrap_or_else(fresh);
            let built = SerializedSend::new(request)?.to_http(&idempotency_key, &key);
            let headers = built
                .headers()
                .iter()
                .filter(|(name, _)| *name != http::header::AUTHORIZATION)
                .map(|(name, value)| {
                    let value = value.to_str().unwrap_or_default();
                    (name.to_string(), value.to_owned())
                })
                .collect();
            Ok(PreviewedRequest {
                base: base.clone(),
                method: built.method().to_string(),
                path: built.uri().path().to_owned(),
                headers,
                body: serde_json::from_slice(built.body()).unwrap_or(Value::Null),
                curl: form == Preview::Curl,
            })
        })
        .collect()
}

/// Returns the address that the requests would go to. No key is needed to look at them: without one, it is the sandbox's.
fn base(context: Context<'_>) -> Result<String, Error> {
    let Context { session, host, .. } = context;
    if session.simulate {
        return Ok(SIMULATOR_ADDRESS.to_owned());
    }
    match session.service(host) {
        Ok(service) => Ok(service.address.to_string()),
        Err(ServiceError::NoKey { .. }) => {
            let (_, profile) = config::resolve_profile(&session.flags, host)?;
            let told = config::resolve_address(&session.flags, &profile, host)?;
            let address = told.map_or(Address::of(Environment::Sandbox), |(address, _)| address);
            Ok(address.to_string())
        }
        Err(error) => Err(error.into()),
    }
}

/// Where the simulator listens when it is given a port of its own.
const SIMULATOR_ADDRESS: &str = "http://127.0.0.1:7363";
