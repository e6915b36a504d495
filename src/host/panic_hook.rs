//! The panic hook. It prints only the location of a panic, because the message can contain an API key or personal data.

use std::io::{self, Write};
use std::panic;

/// Installs a panic hook that prints the location of the panic but not its message.
pub fn install_panic_hook() {
    panic::set_hook(Box::new(|info| {
        let location = info
            .location()
            .map_or_else(|| "an unknown location".to_owned(), ToString::to_string);
        let text = format!(
            "error: internal error at {location}\nhint: This is a bug in sendivent. Please report this line and the command.\n"
        );
        // If stderr fails, there is no stream to report that.
        drop(io::stderr().write_all(text.as_bytes()));
    }));
}
