//! The handle to a simulator. It holds the store, the webhook state and the router.

use std::sync::{Arc, OnceLock};

use axum::Router;

use super::store::Store;
use super::webhooks::{WebhookRules, WebhookState};
use crate::host::{Clock, Entropy};
use crate::sqlite::{DbLocation, OpenError};

/// A simulated Sendivent service. Clones share the same state.
#[derive(Clone)]
pub struct Simulator {
    pub(super) store: Arc<Store>,
    pub(super) webhook_state: Arc<WebhookState>,
    /// Cached, because `--simulate` gets the router for every request, and building it takes longer than processing a
    /// request.
    pub(super) cached_router: Arc<OnceLock<Router>>,
}

impl Simulator {
    /// Opens the simulator's file, or creates it. If the file belongs to another program, returns an error and leaves
    /// the file unchanged.
    pub fn open(location: &DbLocation, clock: Clock, entropy: Entropy) -> Result<Self, OpenError> {
        Ok(Self::from_store(Store::open(location, clock, entropy)?))
    }

    /// Opens the simulator's file like [`Simulator::open`], but with several connections for concurrent requests.
    pub fn open_to_serve(
        location: &DbLocation,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, OpenError> {
        Ok(Self::from_store(Store::open_concurrent(
            location, clock, entropy,
        )?))
    }

    fn from_store(store: Store) -> Self {
        Self {
            store: Arc::new(store),
            webhook_state: Arc::default(),
            cached_router: Arc::default(),
        }
    }

    /// Replaces the default webhook rules, which allow deliveries to this machine only.
    #[must_use]
    pub fn with_webhook_rules(self, rules: WebhookRules) -> Self {
        Self {
            webhook_state: Arc::new(WebhookState::new(rules)),
            // The cached router holds the previous rules.
            cached_router: Arc::default(),
            ..self
        }
    }
}
