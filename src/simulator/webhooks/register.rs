//! Registers the webhook endpoint of `simulator serve --webhook`.

use std::error::Error;
use std::sync::Arc;

use super::endpoints::{InvalidUrl, check_url, insert_endpoint};
use super::rules::DestinationError;
use crate::api::signature::Secret;
use crate::simulator::handle::Simulator;
use crate::simulator::store::{Endpoint, Scope, Writer};

/// The webhook endpoint of the main namespace, after `simulator serve --webhook` has registered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredEndpoint {
    /// The URL that was given to [`Simulator::register_webhook`].
    pub url: String,
    /// The signing secret. `None` if the endpoint already existed.
    pub secret: Option<Secret>,
}

/// Why a webhook endpoint cannot be registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The URL is malformed, too long, or neither HTTP nor HTTPS.
    #[error(transparent)]
    InvalidUrl(#[from] InvalidUrl),
    /// Webhooks may not be posted to this URL, because its host is neither this machine nor an allowed host.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// The namespace already has an endpoint with another URL. Contains that URL.
    #[error("another endpoint is registered: {0}")]
    OtherEndpoint(String),
    /// The simulator file cannot be read or written.
    #[error(transparent)]
    Store(Box<dyn Error + Send + Sync>),
}

impl Simulator {
    /// Registers an endpoint for all webhook events of the main namespace. If an endpoint with the same URL already
    /// exists, leaves it unchanged.
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
