//! What the user asked for, made out of what was typed: plain values between `cli`, which makes them, and `commands`,
//! which carries them out.

use std::time::Duration;

use crate::api::{ApiKey, IdempotencyKey};
use crate::model::{Channel, EventName, Goal, MessageStatus, Recipient, SendRequest, Timestamp};

/// One command, with all that it needs.
#[derive(Debug)]
pub enum Intent {
    /// Send notifications.
    Send(Box<Send>),
    /// Look once at notifications.
    Status(Status),
    /// Follow notifications to their end.
    Watch(Watch),
    /// List messages.
    Activity(Activity),
    /// Cancel what is pending.
    Cancel(Cancel),
    /// Explain a status, an error or a notification.
    Explain(Explain),
    /// Keep a key for a profile.
    Login(ApiKey),
    /// Forget the key of a profile.
    Logout,
    /// Tell which service and key are in use.
    WhoAmI,
    /// Check everything that a send needs.
    Doctor,
    /// Handle the journal.
    Journal(JournalOrder),
    /// Handle the simulator.
    Simulator(SimulatorOrder),
    /// Check the signature of a webhook.
    Verify(Box<Verify>),
    /// Answer on a port.
    Serve(Serve),
    /// Answer on a port while a program runs.
    Run(Run),
    /// Print a text that needs nothing else.
    Print(String),
}

/// `send`
#[derive(Debug, Clone, PartialEq)]
pub struct Send {
    /// The requests, each with its idempotency key, in order.
    pub requests: Vec<(SendRequest, Option<IdempotencyKey>)>,
    /// What to wait for after sending, if anything.
    pub wait: Option<Goal>,
    /// A bound for all that the command does.
    pub timeout: Option<Duration>,
    /// Show the requests and send nothing.
    pub preview: Option<Preview>,
}

/// How a request is shown that is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preview {
    /// Method, path, headers and body as JSON.
    Json,
    /// A line for a shell, without the key.
    Curl,
}

/// Which notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ids {
    /// These.
    Given(Vec<String>),
    /// Those of the last sends in the journal.
    Last(u32),
}

/// `status`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Which notifications.
    pub ids: Ids,
    /// Add what to do about each message that is bad or stuck.
    pub explain: bool,
    /// Give the verdict of this look as the exit code.
    pub exit_status: bool,
}

/// `watch`, and the wait of `send`
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// Which notifications.
    pub ids: Ids,
    /// How to follow them.
    pub following: Following,
}

/// How notifications are followed.
#[derive(Debug, Clone, PartialEq)]
pub struct Following {
    /// What is waited for.
    pub goal: Goal,
    /// End with the first notification that settles.
    pub any: bool,
    /// End with the first bad one.
    pub fail_fast: bool,
    /// A fixed pause between looks.
    pub interval: Option<Duration>,
    /// How many looks in a row may fail.
    pub max_errors: Option<u32>,
    /// How long to follow: none never ends, zero looks once.
    pub timeout: Option<Duration>,
    /// How long an id may be unknown to the service, because it was only just accepted.
    pub grace: Duration,
}

/// `activity`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Activity {
    /// How many messages.
    pub limit: u32,
    /// Queued at or after.
    pub since: Option<Moment>,
    /// Queued before.
    pub until: Option<Moment>,
    /// With one of these statuses.
    pub statuses: Vec<MessageStatus>,
    /// On one of these channels.
    pub channels: Vec<Channel>,
    /// Of this event.
    pub event: Option<EventName>,
    /// To this recipient.
    pub to: Option<String>,
    /// Do not ask the service for what has changed.
    pub offline: bool,
    /// Go on with what happens from now on.
    pub follow: bool,
    /// End following when nothing happened for so long.
    pub idle_timeout: Option<Duration>,
    /// Add counts, reasons and the time to delivery.
    pub stats: bool,
}

/// A moment, as a user names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// So long before the service's now.
    Ago(Duration),
    /// A point in time.
    At(Timestamp),
}

/// `journal …`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalOrder {
    /// Tell where it lies.
    Path,
    /// Forget sends that are older.
    Prune(Duration),
}

/// `cancel`
#[derive(Debug, Clone, PartialEq)]
pub struct Cancel {
    /// The event.
    pub event: EventName,
    /// The recipients.
    pub to: Vec<Recipient>,
}

/// `explain`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explain {
    /// List what can be explained.
    Topics,
    /// One word: a status or a code.
    Word(String),
    /// One notification.
    Notification(String),
}

/// `simulator …`
#[derive(Debug, Clone, PartialEq)]
pub enum SimulatorOrder {
    /// Print the recipients with a scenario.
    Recipients,
    /// Show the clock, or change it.
    Clock(Option<crate::api::control::ClockRequest>),
    /// List the suppression list, or change it.
    Suppressions(Option<crate::api::control::SuppressionRequest>),
    /// Show the timeline of a notification, including the future.
    Show(String),
    /// Look at webhooks, or send some.
    Webhooks(WebhooksOrder),
    /// Forget everything.
    Reset,
}

/// `simulator webhooks …`
#[derive(Debug, Clone, PartialEq)]
pub enum WebhooksOrder {
    /// List so many deliveries.
    List(u32),
    /// Show one.
    Show(String),
    /// Send one again.
    Replay(String),
    /// Send a made-up event.
    Trigger(crate::api::webhooks::TriggerRequest),
}

/// `simulator serve`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serve {
    /// Where to listen.
    pub listening: crate::simulator::ListenOptions,
    /// The webhook endpoint to register.
    pub webhook: Option<String>,
    /// Hosts beside this machine that webhooks may go to.
    pub webhook_hosts: Vec<String>,
}

/// `simulator run`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The key that the program is given.
    pub key: ApiKey,
    /// Use a file of its own, whatever was named.
    pub fresh: bool,
    /// Whether keys of production are taken.
    pub accept_live_keys: bool,
    /// The program.
    pub program: std::ffi::OsString,
    /// Its arguments.
    pub arguments: Vec<std::ffi::OsString>,
}

/// `webhook verify`
#[derive(Debug, Clone, PartialEq)]
pub struct Verify {
    /// The secret.
    pub secret: crate::api::signature::Secret,
    /// The header; none when there was none among those that came.
    pub signature: Option<String>,
    /// The body.
    pub body: String,
    /// How old the signature may be; none for any age.
    pub tolerance: Option<Duration>,
}
