//! What clap says: help and version on stdout, errors on stderr, as text or as JSON.

use std::io::{self, Write};

use super::escape::for_line;
use super::masker::Masker;
use super::presenter::Presenter;
use crate::config::credentials::key_from_variable;
use crate::config::{Format, OutputSettings};
use crate::error::Error;
use crate::exit::Exit;
use crate::host::Host;

/// Shows clap's own message, and returns the code that the run ends with.
pub fn show_clap_error(
    error: &clap::Error,
    fallback: OutputSettings,
    simulated: bool,
    host: &Host,
) -> Exit {
    let mut rendered = error.render().to_string();
    if error.use_stderr() && fallback.no_pii {
        let mut masker = Masker::of_arguments(host.arguments());
        masker.learn_strays(host.arguments());
        rendered = masker.apply(&rendered);
    }
    // What was typed in the wrong place is repeated, and may be the key.
    if let Some(key) = key_from_variable(host).filter(|_| error.use_stderr()) {
        rendered = key.redact(&rendered).into_owned();
    }
    if error.use_stderr() {
        if fallback.format == Format::Json {
            let error = usage(&rendered);
            Presenter::new(host, fallback, simulated, false).error(&error);
        } else {
            let mut stderr = host.stderr();
            // A closed stderr leaves nobody to tell.
            drop(
                stderr
                    .write_all(rendered.as_bytes())
                    .and_then(|()| stderr.flush()),
            );
        }
        return Exit::Usage;
    }
    let mut stdout = host.stdout();
    let result = stdout
        .write_all(rendered.as_bytes())
        .and_then(|()| stdout.flush());
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let error = Error::Output(error);
            Presenter::new(host, fallback, simulated, false).error(&error);
            Exit::from(&error)
        }
        Ok(()) | Err(_) => Exit::Ok,
    }
}

/// Returns clap's message as an error of ours: its first paragraph, and its tips as the hint.
fn usage(rendered: &str) -> Error {
    let message = rendered.trim_start_matches("error: ");
    let message = message.split("\n\n").next().unwrap_or_default();
    let tips: Vec<&str> = rendered
        .lines()
        .filter_map(|line| line.trim().strip_prefix("tip: "))
        .collect();
    let hint = if tips.is_empty() {
        "`--help` shows what there is.".to_owned()
    } else {
        tips.join("; ")
    };
    Error::usage(for_line(message), hint)
}
