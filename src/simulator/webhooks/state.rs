//! What the request handlers and the dispatcher of one process share.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::rules::WebhookRules;

/// The webhook state of one process.
#[derive(Debug, Default)]
pub struct WebhookState {
    /// Where webhooks may be posted.
    pub rules: WebhookRules,
    /// Wakes the dispatcher.
    pub work_available: Notify,
    has_active_endpoint: AtomicBool,
}

impl WebhookState {
    /// Creates the state of a process whose dispatcher has not run yet.
    pub fn new(rules: WebhookRules) -> Self {
        Self {
            rules,
            ..Self::default()
        }
    }

    /// Returns whether there was an active endpoint when the dispatcher last read the file: without one, a send makes no
    /// work for it.
    pub fn has_active_endpoint(&self) -> bool {
        self.has_active_endpoint.load(Ordering::Relaxed)
    }

    pub fn set_active_endpoint(&self, is_present: bool) {
        self.has_active_endpoint
            .store(is_present, Ordering::Relaxed);
    }
}
