//! A field of a request body that is rejected. It knows nothing of HTTP, so that storage can use what validates with it.

/// A value that a field cannot have.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InvalidField {
    pub(super) field: String,
    /// `VALIDATION_ERROR`, `INVALID_EMAIL` or `INVALID_PHONE`.
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl InvalidField {
    pub(super) fn new(field: &str, message: impl Into<String>) -> Self {
        Self::with_code(field, "VALIDATION_ERROR", message)
    }

    pub(super) fn with_code(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            code,
            message: message.into(),
        }
    }
}
