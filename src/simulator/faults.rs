//! Failures that a scenario causes on purpose. `fault_responses` builds the responses. A router cannot withhold a
//! response or delay its body, so the transport does that.

/// A failure that the transport simulates instead of sending a response. The router returns it as an extension of a
/// placeholder response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The client gets no response, and the send is not stored.
    Timeout,
    /// The connection is reset, and the send is not stored.
    Reset,
    /// The send is stored, but the connection is closed without a response.
    LostResponse,
}

/// A response extension that makes a server send the body incompletely or slowly. The in-process transport ignores this
/// extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyTransfer {
    /// The connection is closed before the client has received `content_length` bytes.
    CutOff {
        /// The value of the header `Content-Length`, which is larger than the length of the body.
        content_length: usize,
    },
    /// The body is sent slowly, in pieces of 16 bytes every 200 ms.
    Drip,
}

/// A response extension: the name of the simulated fault, such as `timeout`. The request log contains this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultName(pub &'static str);

/// How the response to a send is broken. The send itself was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenResponse {
    /// The connection is closed without a response, as for [`Fault::LostResponse`].
    Lost,
    /// The body is empty instead of JSON.
    Empty,
    /// The body is an HTML page, as from a proxy.
    Html,
    /// The body is JSON that stops in the middle.
    Truncated,
    /// The body is a JSON string instead of an object.
    Scalar,
    /// The body is a JSON array instead of an object.
    Array,
    /// The body is correct, but is sent slowly.
    Drip,
}
