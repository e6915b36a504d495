//! Registering the endpoint of `simulator serve --webhook`.

use std::error::Error;

use super::endpoint_patch::{InvalidUrl, check_url};
use super::endpoints::insert_endpoint;
use super::rules::DestinationError;
use crate::api::signature::Secret;
use crate::simulator::handle::Simulator;
use crate::simulator::store::{Endpoint, Scope, StoreError, Writer};

/// The endpoint of the main namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredEndpoint {
    /// The URL that events are posted to.
    pub url: String,
    /// The secret, if the endpoint is new.
    pub secret: Option<Secret>,
}

/// An endpoint cannot be registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The URL has the wrong form.
    #[error(transparent)]
    InvalidUrl(#[from] InvalidUrl),
    /// Webhooks may not be posted to the URL.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// The namespace has an endpoint with another URL.
    #[error("another endpoint is registered: {0}")]
    OtherEndpoint(String),
    /// The file cannot be read or written.
    #[error(transparent)]
    Store(Box<dyn Error + Send + Sync>),
}

impl Simulator {
    /// Registers an endpoint of the main namespace for every event. An endpoint with the same URL stays unchanged.
    pub async fn register_webhook(&self, url: &str) -> Result<RegisteredEndpoint, RegisterError> {
        check_url(url)?;
        self.webhook_state().rules.check(url)?;
        let url = url.to_owned();
        let scope = Scope::new(self.store(), None);
        let registered = scope.write(move |writer| register(writer, url)).await;
        match registered {
            Ok((_, registered)) => registered,
            Err(error) => Err(RegisterError::Store(error.into())),
        }
    }
}

/// The outer error rolls the transaction back.
fn register(
    writer: &mut Writer<'_>,
    url: String,
) -> Result<Result<RegisteredEndpoint, RegisterError>, StoreError> {
    match writer.endpoint()? {
        Some(existing) if existing.url == url => {
            return Ok(Ok(RegisteredEndpoint { url, secret: None }));
        }
        Some(existing) => return Ok(Err(RegisterError::OtherEndpoint(existing.url))),
        None => {}
    }
    let created = insert_endpoint(writer, |default| Endpoint {
        url: url.clone(),
        by_flag: true,
        ..default
    })?;
    Ok(Ok(RegisteredEndpoint {
        url,
        secret: created.map(|endpoint| endpoint.secret),
    }))
}
