//! The service's contract: paths, bodies on the wire, error bodies, keys. Shared by the client, which speaks it, and the
//! simulator, which answers it. Facts and their evidence are in the fact sheet that the README's fidelity table sums up.

mod address;
pub mod control;
mod decode;
mod endpoints;
mod error;
mod key;
mod send_response;
pub mod signature;
pub mod webhooks;
mod wire;

pub use address::{Address, InvalidAddress};
pub use decode::{DecodeError, Decoded, MAX_RESPONSE_BYTES, RawResponse};
pub use endpoints::{cancel, control_get, control_post, notification, send};
pub use error::{ApiError, ErrorBody, INTERMEDIARY_HINT};
pub use key::{ApiKey, Environment, InvalidKey};
pub use wire::{
    AcceptedBody, CancelBody, CancelledBody, MessageBody, MessageErrorBody, NotificationBody,
    Receipt, SendBody,
};

/// Header: the idempotency key of a send (SDK code).
pub const IDEMPOTENCY_KEY: &str = "x-idempotency-key";
/// Header of an answer that was stored under an idempotency key before (the service's skill file).
pub const IDEMPOTENT_REPLAY: &str = "x-idempotent-replay";
/// Header on everything that the simulator answers (ours).
pub const SIMULATED: &str = "x-sendivent-simulated";
/// Header: the simulator's virtual time when it answered, RFC 3339 with milliseconds (ours).
pub const VIRTUAL_TIME: &str = "x-sendivent-virtual-time";
