//! Runs a command, from the parsing of arguments to the exit code.

mod completion;
mod startup;

use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;

use tokio::runtime::Runtime;

use crate::commands::{self, Cli, Command, Context, Dispatch, Needs, Setup, Visitor};
use crate::config::{Session, Settings};
use crate::error::Error;
use crate::exit::Exit;
use crate::host::Host;
use crate::output::{Format, HttpLog, Reporter, print_clap_error};
use crate::redact::Redactor;
use startup::{help_reporter, startup_reporter};

/// Runs the command that the host's arguments select. A panic gives [`Exit::Error`].
pub fn run(host: &Host) -> Exit {
    // The host's streams and clock are still consistent after a panic, because each call leaves them consistent.
    let result = panic::catch_unwind(AssertUnwindSafe(|| run_unguarded(host)));
    result.unwrap_or(Exit::Error)
}

fn run_unguarded(host: &Host) -> Exit {
    if host.variable("COMPLETE").is_some()
        && let Some(exit) = completion::complete(host)
    {
        return exit;
    }
    let Cli { global, command } = match commands::parse(&host.arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let reporter = match error.use_stderr() {
                true => startup_reporter(host),
                false => help_reporter(host),
            };
            return print_clap_error(error, &reporter);
        }
    };
    let format = Format::resolve(global.format(), host);
    let resolved = format.and_then(|format| Ok((format, global.settings(host)?)));
    match resolved {
        Ok((format, settings)) => command.dispatch(Run {
            redactor: Rc::new(Redactor::new(settings.session.no_pii)),
            format,
            settings,
            host,
        }),
        Err(error) => startup_reporter(host).error(&error.into()),
    }
}

/// The settings with which a command runs.
struct Run<'h> {
    format: Format,
    settings: Settings,
    host: &'h Host,
    redactor: Rc<Redactor>,
}

impl Visitor for Run<'_> {
    type Output = Exit;

    fn visit<C: Command>(self, command: C) -> Exit {
        let reporter = Reporter::new(
            self.host,
            self.format,
            self.settings.output_settings.clone(),
            self.settings.session.simulate || C::IS_SIMULATOR,
            command.is_following(),
            Rc::clone(&self.redactor),
        );
        match self.execute(command, &reporter) {
            Ok(report) => reporter.finish(&report),
            Err(error) => reporter.error(&error),
        }
    }
}

impl Run<'_> {
    fn execute<C: Command>(&self, command: C, reporter: &Reporter<'_>) -> Result<C::Report, Error> {
        let Settings {
            session,
            output_settings,
        } = &self.settings;
        self.format.check(command.name(), command.formats())?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        let setup = Setup {
            session,
            host: self.host,
            redactor: &self.redactor,
        };
        let input = {
            let _entered = runtime.enter();
            command.validate(&setup)?
        };
        self.prepare(C::needs(&input), &runtime, reporter)?;
        let log = HttpLog::new(reporter, session);
        let context = Context {
            setup,
            reporter,
            observer: &log,
            program: &output_settings.program,
        };
        let result = runtime.block_on(C::run(input, context));
        // Does not wait for a DNS lookup in progress, which cannot be cancelled.
        runtime.shutdown_background();
        redact_key(session, reporter);
        result
    }

    /// Selects the service if the command needs one, then registers the signal handlers.
    fn prepare(
        &self,
        needs: Needs,
        runtime: &Runtime,
        reporter: &Reporter<'_>,
    ) -> Result<(), Error> {
        let session = &self.settings.session;
        if needs == Needs::Service && !session.simulate {
            // Before the signal handlers are registered: a `credential_command` may prompt the user, and Ctrl-C must end it.
            session.service(self.host)?;
        }
        redact_key(session, reporter);
        let _entered = runtime.enter();
        self.host.listen_for_signals();
        // A signal that arrived during a prompt ends the command before it sends or writes anything.
        runtime
            .block_on(self.host.run_until_interrupted(std::future::ready(())))
            .map_err(Error::Interrupted)?;
        if needs != Needs::Nothing {
            reporter.announce_simulated();
        }
        Ok(())
    }
}

fn redact_key(session: &Session, reporter: &Reporter<'_>) {
    if let Some(service) = session.resolved_service() {
        reporter.streams.redact_key(&service.key);
    }
}
