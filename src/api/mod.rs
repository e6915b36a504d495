//! The service's contract beyond the model: paths, headers, bodies, errors, keys. The client and the simulator share it.
//! The README's fidelity table lists what is documented and what is assumed.

mod address;
mod cancel;
pub mod control;
mod decode;
mod endpoints;
mod error;
mod idempotency_key;
mod key;
mod send_response;
pub mod signature;
pub mod webhooks;

pub use address::Address;
pub use cancel::{CancelRequest, CancelResponse};
pub use decode::{DecodeError, Decoded, MAX_RESPONSE_BYTES, RawResponse};
pub use endpoints::{EncodeError, SerializedSend, cancel, control_get, control_post, notification};
pub use error::{ApiError, ErrorBody, INTERMEDIARY_HINT};
pub use idempotency_key::IdempotencyKey;
pub use key::{ApiKey, Environment};
pub use send_response::{AcceptedNotification, SendResponse};

/// Header: the idempotency key of a send (SDK code).
pub const IDEMPOTENCY_KEY: &str = "x-idempotency-key";
/// Header of a response that was stored under the idempotency key before (the service's skill file).
pub const IDEMPOTENT_REPLAY: &str = "x-idempotent-replay";
/// Header on every response of the simulator (ours).
pub const SIMULATED: &str = "x-sendivent-simulated";
/// Header: the simulator's virtual time at the response, RFC 3339 with milliseconds (ours).
pub const VIRTUAL_TIME: &str = "x-sendivent-virtual-time";
