//! Responses that a scenario breaks on purpose. Plain data; `fault_responses` builds the responses, `serve` and the
//! in-process transport act on the ones that a router cannot express.

/// The transport withholds the response. The router passes it on as an extension of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No response. Nothing was stored.
    Timeout,
    /// The connection is reset. Nothing was stored.
    Reset,
    /// The connection is closed without a response. The send **was stored**.
    LostResponse,
}

/// How a server transmits the body, as an extension of the response. The in-process transport ignores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyTransfer {
    /// The connection is closed before the promised length is reached.
    CutOff {
        /// The `Content-Length` in the head.
        content_length: usize,
    },
    /// 16 bytes every 200 ms.
    Drip,
}

/// The name of the fault, as an extension of the response: the request log prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultName(pub &'static str);

/// What breaks the response to a send that was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenResponse {
    /// [`Fault::LostResponse`]
    Lost,
    Empty,
    /// An HTML page, as a proxy returns.
    Html,
    /// JSON that stops in the middle.
    Truncated,
    /// A JSON string.
    Scalar,
    /// A JSON array.
    Array,
    /// The documented JSON, transmitted slowly.
    Drip,
}
