//! `send --dry-run`: requests as they would go out.

use serde_json::Value;

use super::connect;
use crate::api::{self, ApiKey};
use crate::config::Session;
use crate::error::Error;
use crate::intent::Preview;
use crate::model::SendRequest;
use crate::report::PreviewedRequest;
use crate::world::World;

/// Returns the requests as they would go out. The API key is a placeholder: nothing is sent and nothing stored.
pub fn previews(
    requests: &[(SendRequest, Option<String>)],
    form: Preview,
    session: &Session,
    world: &World,
) -> Result<Vec<PreviewedRequest>, Error> {
    connect::require_simulator(session)?;
    let key = ApiKey::parse("test_preview")
        .map_err(|error| Error::usage(error.to_string(), "Report this as a bug."))?;
    Ok(requests
        .iter()
        .map(|(request, idempotency_key)| {
            // A line that is pasted is a send of its own: it gets a key of its own.
            let fresh = || world.entropy.uuid(world.clock.now()).to_string();
            let idempotency_key = idempotency_key.clone().unwrap_or_else(fresh);
            let built = api::send(request, &idempotency_key, &key);
            let headers = built
                .headers()
                .iter()
                .filter(|(name, _)| *name != http::header::AUTHORIZATION)
                .map(|(name, value)| {
                    let value = value.to_str().unwrap_or_default();
                    (name.to_string(), value.to_owned())
                })
                .collect();
            PreviewedRequest {
                base: SIMULATOR_ADDRESS.to_owned(),
                method: built.method().to_string(),
                path: built.uri().path().to_owned(),
                headers,
                body: serde_json::from_slice(built.body()).unwrap_or(Value::Null),
                curl: form == Preview::Curl,
            }
        })
        .collect())
}

/// Where the simulator listens when it is given a port of its own.
const SIMULATOR_ADDRESS: &str = "http://127.0.0.1:7363";
