//! What goes over the way to the service: shown with `--verbose`, so that it can be pasted in public.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::rc::Rc;

use serde_json::Value;

use super::masker::Masker;
use super::presenter::Presenter;
use super::view::{DIM, View};
use crate::api::ApiKey;
use crate::config::{Format, Session};
use crate::host::Host;
use crate::report::{HttpEvent, HttpObserver};
use crate::text;

/// Sees what goes over the way. It shows that, if it is wanted, and notices when the simulator answers in the place of the
/// service.
pub struct Trace<'w> {
    host: &'w Host,
    view: View,
    verbose: bool,
    /// Whether people are told that nothing is real.
    announces: bool,
    simulated: Rc<Cell<bool>>,
    secret: Option<ApiKey>,
    /// What was sent, so that no answer repeats it.
    sent: RefCell<Masker>,
}

/// How much of the body of an answer that is no success is shown, in characters: all that an error says, and some of a page.
const SHOWN: usize = 10_000;

impl<'w> Trace<'w> {
    /// Returns the witness of a run.
    pub fn new(presenter: &Presenter<'w>, session: &Session) -> Self {
        Self {
            host: presenter.host,
            view: presenter.stderr_view(),
            verbose: presenter.output_settings.verbose,
            announces: presenter.output_settings.format == Format::Text && !session.simulate,
            simulated: Rc::clone(&presenter.simulated),
            secret: presenter.secret.clone(),
            sent: RefCell::new(Masker::of_arguments(presenter.host.arguments())),
        }
    }

    fn say(&self, line: &str) {
        let line = match &self.secret {
            Some(key) => key.redact(line),
            None => line.into(),
        };
        let line = self.view.paint(&line, DIM);
        let mut stderr = self.host.stderr();
        // When stderr is closed there is nobody left to tell.
        drop(writeln!(stderr, "{line}").and_then(|()| stderr.flush()));
    }

    fn headers(&self, arrow: char, headers: &[(&str, &str)]) {
        for (name, value) in headers {
            // Whoever has the cookie of a proxy in between may be taken for its owner.
            let value = if name.contains("cookie") {
                "***"
            } else {
                value
            };
            self.say(&format!("{arrow} {name}: {}", self.view.outside(value)));
        }
    }

    fn show(&self, exchange: HttpEvent<'_>) {
        match exchange {
            HttpEvent::Request {
                number,
                method,
                base,
                path,
                headers,
                body,
            } => {
                let again = match number {
                    1 => String::new(),
                    number => format!("  (try {number})"),
                };
                let path = self.view.outside(path);
                self.say(&format!("> {method} {base}{path}{again}"));
                self.headers('>', headers);
                if let Ok(body) = serde_json::from_slice::<Value>(body) {
                    self.sent.borrow_mut().learn_leaves(&body);
                    self.say(&format!("> {}", self.masked(&body)));
                }
            }
            HttpEvent::Response {
                status,
                headers,
                body,
                took,
                ..
            } => {
                let took = text::format_duration(took);
                let length = text::count_noun(body.len(), "byte");
                self.say(&format!("< HTTP {status}, {length}, after {took}"));
                for (name, value) in headers {
                    self.headers('<', &[(name, &self.without_sent(value))]);
                }
                if !(200..300).contains(&status) {
                    let text = String::from_utf8_lossy(body);
                    let text = text::truncate(&text, SHOWN);
                    self.say(&format!(
                        "< {}",
                        self.view.outside(&self.without_sent(&text))
                    ));
                }
            }
            HttpEvent::Failed { reason, took } => {
                let took = text::format_duration(took);
                let reason = self.view.outside(reason);
                self.say(&format!("< no answer, after {took}: {reason}"));
            }
            HttpEvent::Retry { pause } => {
                self.say(&format!("  again in {}", text::format_duration(pause)));
            }
        }
    }

    /// Returns what an answer says without what was sent. Dates and numbers of its own are left as they are.
    fn without_sent(&self, text: &str) -> String {
        self.sent.borrow().apply(text)
    }

    /// Returns a body with its values masked, whatever was asked for: what is shown here is pasted elsewhere.
    fn masked(&self, body: &Value) -> String {
        let view = View {
            no_pii: true,
            ..self.view.clone()
        };
        let shown = view.masked_value(body).to_string();
        self.view.outside(&shown)
    }
}

impl HttpObserver for Trace<'_> {
    fn on_event(&self, exchange: HttpEvent<'_>) {
        if self.verbose {
            self.show(exchange);
        }
        if let HttpEvent::Response {
            simulated: true, ..
        } = exchange
            && !self.simulated.replace(true)
            && self.announces
        {
            self.say(super::presenter::NOT_REAL);
        }
    }
}
