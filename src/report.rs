//! What a command found, and the updates on the way: plain data. Commands make it, output shows it, and the exit code
//! is computed from it.

mod account;
mod exchange;
mod listing;
mod ran;
mod unanswered;
mod webhooks;

use std::time::Duration;

use serde_json::Value;

use crate::api::control::{ClockState, MessageRow, ResetResponse, Suppression, TimelineResponse};
use crate::api::{ApiError, IdempotencyKey};
use crate::host::Interrupt;
use crate::model::{
    Counts, Goal, HelpTopic, MessageError, MessageStatus, Notification, Recipient, Timestamp,
};
use crate::simulator::{RecipientRow, ServeSummary, ServedRequest, ServerInfo};

pub use account::{Account, Check, LoggedIn, NoCredentials, State, Trouble, WhoAmI};
pub use exchange::{HttpEvent, HttpObserver};
pub use listing::{ActivityList, ActivitySource, Freshness};
pub use ran::Ran;
pub use unanswered::UnresolvedSend;
pub use webhooks::{MismatchHint, SignatureFault, Verification, WebhooksReport};

/// What a command found.
#[derive(Debug)]
pub enum Report {
    /// `send`
    Sent(Sent),
    /// `send --dry-run`
    Preview(Vec<PreviewedRequest>),
    /// `status`
    Looked(Looked),
    /// `watch`
    Watched(Watched),
    /// `activity`
    Activity(ActivityList),
    /// The end of `activity --follow`; the messages were updates.
    Followed(Option<Interrupt>),
    /// `cancel`
    Cancelled(Vec<Cancellation>),
    /// `explain`
    Topics(Vec<&'static HelpTopic>),
    /// `explain WORD`
    Explained(&'static HelpTopic),
    /// `explain ID`
    ExplainedNotification(Box<Explanation>),
    /// `login`
    LoggedIn(LoggedIn),
    /// `logout`: the profile
    LoggedOut(String),
    /// `whoami`
    WhoAmI(WhoAmI),
    /// `doctor`
    Diagnosis(Vec<Check>),
    /// `journal path`
    JournalPath(String),
    /// `journal prune`: how many sends were forgotten, and of which profile; none for all
    Pruned(usize, Option<String>),
    /// `simulator recipients`
    Recipients(Vec<RecipientRow>),
    /// `simulator clock`
    Clock(ClockState),
    /// `simulator suppression list`
    Suppressions(Vec<Suppression>),
    /// `simulator suppression add|remove`: how many entries changed
    SuppressionsChanged(u64),
    /// `simulator show`
    Timeline(TimelineResponse),
    /// `simulator reset`
    Reset(ResetResponse),
    /// `simulator serve`
    Stopped(ServeSummary),
    /// `simulator run`
    Ran(Ran),
    /// `simulator webhooks`, and `webhook verify`
    Webhooks(WebhooksReport),
    /// A text that is its own result.
    Text(String),
}

/// What `send` found.
#[derive(Debug)]
pub struct Sent {
    /// One for each request, in order.
    pub results: Vec<SendResult>,
    /// What the wait found, if there was one.
    pub watched: Option<Watched>,
    /// The signal that stopped the sending, if one came.
    pub interrupted: Option<Interrupt>,
}

/// What became of one request.
#[derive(Debug, Clone, PartialEq)]
pub struct SendResult {
    /// The event.
    pub event: String,
    /// Whom it went to, in words.
    pub recipient: String,
    /// Its idempotency key.
    pub idempotency_key: IdempotencyKey,
    /// What became of it.
    pub outcome: SendOutcome,
}

/// What became of one request.
#[derive(Debug, Clone, PartialEq)]
pub enum SendOutcome {
    /// The service accepted it.
    Accepted {
        /// One for each contact: the id, and the contact in words.
        receipts: Vec<(String, String)>,
        /// Whether it had been accepted before, under the same key.
        replayed: bool,
    },
    /// The service took it, but what it answered cannot be understood.
    NotUnderstood {
        /// What is wrong with the answer.
        reason: String,
    },
    /// The service refused it.
    Refused(ApiError),
    /// The service was still limiting after all tries.
    RateLimited {
        /// What it said last.
        api_error: ApiError,
        /// How many attempts were made.
        attempts: u32,
    },
    /// Nobody knows: no answer, or failures to the end.
    Unknown {
        /// What the last try brought.
        reason: String,
        /// The answer that kept failing, if there was one.
        api_error: Option<ApiError>,
        /// What can be done about the last try.
        advice: Option<&'static str>,
    },
    /// It was not tried, because the run stopped before.
    Unsent,
    /// It was not tried, because the deadline passed before.
    TooLate,
}

/// A request that was not sent.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewedRequest {
    /// The address without a path.
    pub base: String,
    /// `POST`
    pub method: String,
    /// The path.
    pub path: String,
    /// Headers, the key left out.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
    /// Whether it is shown as a line for a shell.
    pub curl: bool,
}

/// What `status` found.
#[derive(Debug)]
pub struct Looked {
    /// One for each id, in order.
    pub found: Vec<Lookup>,
    /// Whether the verdict of this look is the exit code.
    pub exit_status: bool,
    /// Whether to add what to do.
    pub explain: bool,
    /// How many sends of the same commands have an outcome that nobody knows.
    pub unknown: usize,
}

/// One id that was looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// The id.
    pub id: String,
    /// The notification; none when no look has succeeded.
    pub notification: Option<Notification>,
    /// Whether the service says that it does not know the id.
    pub missing: bool,
    /// When the service answered, on its clock.
    pub at: Timestamp,
}

/// What `watch` found.
#[derive(Debug, Clone)]
pub struct Watched {
    /// What was waited for.
    pub goal: Goal,
    /// The last look at each id, in order.
    pub found: Vec<Lookup>,
    /// The counts over all of them.
    pub counts: Counts,
    /// How many sends of the same commands have an outcome that nobody knows.
    pub unknown: usize,
    /// Why the watch ended.
    pub ended: StopReason,
    /// Why the last look failed, if no later one succeeded.
    pub fault: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// Why a watch ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// Everything settled, or what `--any` or `--fail-fast` asks for came.
    Settled,
    /// It was told to look once.
    LookedOnce,
    /// The deadline passed.
    Deadline,
    /// Too many looks in a row failed; why the last one did.
    Unavailable(String),
    /// The service refused, which another look would not change.
    Refused(Box<ApiError>),
    /// A signal came.
    Interrupted(Interrupt),
    /// Nobody reads the output any more.
    NobodyReads,
}

/// What `cancel` did for one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Cancellation {
    /// The event.
    pub event: String,
    /// The recipient.
    pub recipient: Recipient,
    /// How many notifications were cancelled.
    pub cancelled: u64,
}

/// One notification, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The notification.
    pub found: Lookup,
    /// What is to be said of each message, in order.
    pub advice: Vec<Advice>,
}

/// What is to be said of one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// The message's id.
    pub message: String,
    /// What its status means.
    pub status: Option<&'static HelpTopic>,
    /// What its error means.
    pub error: Option<&'static HelpTopic>,
}

/// Something that happens while a command runs.
#[derive(Debug, Clone)]
pub enum Update {
    /// A request of `send` has its result.
    Sent(SendResult),
    /// A watch begins.
    Watching {
        /// The ids.
        ids: Vec<String>,
    },
    /// A message entered a status, or was seen for the first time.
    Change(Change),
    /// A notification will not change any more, as far as the watch cares.
    Settled {
        /// The last look at it.
        found: Lookup,
        /// Its counts.
        counts: Counts,
    },
    /// Nothing changed since the last look; the service's time.
    Tick(Timestamp),
    /// There is no usable answer any more.
    Outage {
        /// Why the look failed.
        reason: String,
    },
    /// There is one again.
    Recovered {
        /// How long there was none.
        after: Duration,
    },
    /// Something that does not change the result, but should be known.
    Warning(String),
    /// A message of `activity --follow`.
    Message(Box<MessageRow>),
    /// `simulator serve` answers from now on.
    Ready(ServerInfo),
    /// Requests that `simulator serve` answered, or did not on purpose.
    Requests(Vec<ServedRequest>),
}

/// A message entered a status, or was seen for the first time.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The notification's id.
    pub notification: String,
    /// The message's id.
    pub message: String,
    /// The event.
    pub event: String,
    /// The channel.
    pub channel: String,
    /// Whom it goes to, in words.
    pub recipient: String,
    /// The status before; none when it was not seen before.
    pub from: Option<MessageStatus>,
    /// The status now.
    pub to: MessageStatus,
    /// When it entered the status, or else when this was seen, on the service's clock.
    pub at: Timestamp,
    /// When this was seen, on the service's clock.
    pub seen_at: Timestamp,
    /// When the message was queued.
    pub queued_at: Option<Timestamp>,
    /// Why, for a bad status.
    pub error: Option<MessageError>,
}

/// Whether anybody still takes updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Go on.
    Listening,
    /// The reader of the output has gone.
    Gone,
}

/// Takes the updates of a running command.
pub trait Sink {
    /// Takes one update.
    fn take(&mut self, update: Update) -> Audience;

    /// Returns whether anybody wants to know of every request that is served.
    fn wants_requests(&self) -> bool {
        false
    }
}
