//! The panic hook. A panic message can contain an API key or personal data, so that only its location is printed.

use std::io::{self, Write};
use std::panic;

/// Installs a hook that prints the location of a panic, not its message.
pub fn install_panic_hook() {
    panic::set_hook(Box::new(|info| {
        let location = info
            .location()
            .map_or_else(|| "an unknown location".to_owned(), ToString::to_string);
        let text = format!(
            "error: internal error at {location}\nhint: This is a bug in sendivent. Please report this line and the command.\n"
        );
        // An error of stderr cannot be reported anywhere.
        drop(io::stderr().write_all(text.as_bytes()));
    }));
}
