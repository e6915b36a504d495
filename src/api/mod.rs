//! The service's HTTP contract except the types in `model`: paths, headers, bodies, errors and API keys. The client and
//! the simulator share it. The fidelity table in the README lists what the service documents and what is assumed.

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
pub use endpoints::{EncodeError, SerializedSend, get, post};
pub use error::{ApiError, ErrorBody, INTERMEDIARY_HINT};
pub use idempotency_key::IdempotencyKey;
pub use key::{ApiKey, Environment};
pub use send_response::{AcceptedNotification, SendResponse};

/// The request header with the idempotency key of a send (from the code of the SDKs).
pub const IDEMPOTENCY_KEY: &str = "x-idempotency-key";
/// The response header that is `true` if the response was stored by an earlier request with the same idempotency key
/// (from the service's skill file).
pub const IDEMPOTENT_REPLAY: &str = "x-idempotent-replay";
/// A response header of the simulator only, `true` on every response.
pub const SIMULATED: &str = "x-sendivent-simulated";
/// A response header of the simulator only: the virtual time of the response, in RFC 3339 with milliseconds.
pub const VIRTUAL_TIME: &str = "x-sendivent-virtual-time";
