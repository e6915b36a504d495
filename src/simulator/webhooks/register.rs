//! Registering the endpoint of `simulator serve --webhook`.

use std::error::Error;
use std::sync::Arc;

use super::endpoints::{InvalidUrl, check_url, insert_endpoint};
use super::rules::DestinationError;
use crate::api::signature::Secret;
use crate::simulator::handle::Simulator;
use crate::simulator::store::{Endpoint, Scope, Writer};

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
        self.webhook_state.rules.check(url)?;
        let new_url = url.to_owned();
        let register = move |writer: &mut Writer<'_>| {
            if let Some(existing) = writer.endpoint()? {
                let (url, secret) = (existing.url, None);
                return Ok(RegisteredEndpoint { url, secret });
            }
            let created = insert_endpoint(writer, |default| Endpoint {
                url: new_url.clone(),
                by_flag: true,
                ..default
            })?;
            Ok(RegisteredEndpoint {
                url: new_url,
                secret: created.map(|endpoint| endpoint.secret),
            })
        };
        match Scope::new(Arc::clone(&self.store), None)
            .write(register)
            .await
        {
            Ok((_, registered)) if registered.url == url => Ok(registered),
            Ok((_, other)) => Err(RegisterError::OtherEndpoint(other.url)),
            Err(error) => Err(RegisterError::Store(error.into())),
        }
    }
}
