//! One run from arguments to exit code: the only room that sees every part.

mod completion;

use std::panic::{self, AssertUnwindSafe};

use crate::cli::{self, Cli, CommandArgs};
use crate::commands::{self, Context};
use crate::config::{Format, OutputSettings, Session, Settings};
use crate::error::Error;
use crate::exit::Exit;
use crate::host::Host;
use crate::intent::{Explain, Intent};
use crate::output::{Presenter, Trace, show_clap_error};

/// Runs the program in a world. A fault of its own ends it with [`Exit::Error`].
pub fn run(host: &Host) -> Exit {
    // What the world's streams and clock hold is whole after a panic, too: each call leaves it so.
    let ran = panic::catch_unwind(AssertUnwindSafe(|| run_unguarded(host)));
    ran.unwrap_or(Exit::Error)
}

fn run_unguarded(host: &Host) -> Exit {
    if host.variable("COMPLETE").is_some()
        && let Some(exit) = completion::complete(host)
    {
        return exit;
    }
    let Cli { global, command } = match cli::parse(host.arguments()) {
        Ok(cli) => cli,
        Err(error) => return show_clap_error(&error, fallback(host), simulated(host), host),
    };
    let settings = Settings::resolve(global.flags(), host);
    let Settings {
        session,
        output_settings,
    } = match settings {
        Ok(settings) => settings,
        Err(invalid) => {
            Presenter::new(host, fallback(host), simulated(host), false).error(&invalid.into());
            return Exit::Usage;
        }
    };
    let format = output_settings.format;
    let follows = follows(&command);
    let simulated = session.simulate || matches!(command, CommandArgs::Simulator(_));
    let mut presenter = Presenter::new(host, output_settings, simulated, follows);
    let result = check_format(&command, format)
        .and_then(|()| carry_out(command, &session, host, &mut presenter));
    match result {
        Ok(exit) => exit,
        Err(error) => {
            presenter.error(&error);
            Exit::from(&error)
        }
    }
}

/// Returns how an error is shown that comes before the settings are made.
fn fallback(host: &Host) -> OutputSettings {
    OutputSettings {
        no_pii: host.variable("SENDIVENT_NO_PII").is_some()
            || host.arguments().iter().any(|word| word == "--no-pii"),
        ..Settings::fallback(cli::format_of(host.arguments()), host)
    }
}

/// Returns whether the run was to be simulated, as far as that is known before the settings are made.
fn simulated(host: &Host) -> bool {
    let variable = host.variable("SENDIVENT_SIMULATE");
    matches!(variable.as_deref(), Some("1" | "true" | "yes"))
        || host.arguments().iter().any(|word| word == "--simulate")
}

fn carry_out(
    command: CommandArgs,
    session: &Session,
    host: &Host,
    presenter: &mut Presenter<'_>,
) -> Result<Exit, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    let entered = runtime.enter();
    let intent = cli::resolve(command, session, host)?;
    presenter.learn(|masker| masker.learn_intent(&intent));
    if !session.simulate {
        // Here, where Ctrl-C still ends everything: a `credential_command` may wait for somebody.
        if needs_the_service(&intent) {
            session.service(host)?;
        } else if matches!(intent, Intent::Doctor) {
            // What is wrong is for the doctor to tell.
            drop(session.service(host));
        }
        if let Some(service) = session.resolved_service() {
            presenter.keep_secret(&service.key);
        }
    }
    // Not before: what resolves may read stdin, which Ctrl-C must be able to end.
    host.listen_for_signals();
    // One that came between two keys of a prompt was not the prompt's: it counts before anything is done.
    runtime
        .block_on(host.run_until_interrupted(std::future::ready(())))
        .map_err(Error::Interrupted)?;
    if speaks_to_the_service(&intent) {
        presenter.announce();
    }
    drop(entered);
    let trace = Trace::new(presenter, session);
    let context = Context {
        session,
        host,
        observer: &trace,
    };
    let report = runtime.block_on(commands::run(intent, context, presenter));
    // A look-up of a name cannot be stopped: whoever waits for nothing more does not wait for it either.
    runtime.shutdown_background();
    if let Some(service) = session.resolved_service() {
        presenter.keep_secret(&service.key);
    }
    let report = report?;
    let exit = Exit::of(&report);
    Ok(presenter.finish(&report, exit))
}

/// Returns whether the command goes on with updates that are results of their own.
fn follows(command: &CommandArgs) -> bool {
    match command {
        CommandArgs::Send(args) => args.follows(),
        CommandArgs::Watch(_) => true,
        CommandArgs::Activity(args) => args.follows(),
        CommandArgs::Simulator(args) => args.follows(),
        CommandArgs::Status(_)
        | CommandArgs::Cancel(_)
        | CommandArgs::Explain(_)
        | CommandArgs::Login(_)
        | CommandArgs::Logout
        | CommandArgs::WhoAmI
        | CommandArgs::Doctor
        | CommandArgs::Journal(_)
        | CommandArgs::Webhook(_)
        | CommandArgs::Completions(_)
        | CommandArgs::Schema(_)
        | CommandArgs::Help(_) => false,
    }
}

/// Refuses a format that a command does not have, before anything is done.
fn check_format(command: &CommandArgs, format: Format) -> Result<(), Error> {
    let (name, csv, ids) = match command {
        CommandArgs::Send(args) if args.previews() => ("send --dry-run", false, false),
        CommandArgs::Send(args) if args.follows() => ("send --wait", false, true),
        CommandArgs::Send(_) => ("send", true, true),
        CommandArgs::Status(_) => ("status", true, true),
        CommandArgs::Watch(_) => ("watch", true, true),
        CommandArgs::Activity(_) => ("activity", true, true),
        CommandArgs::Cancel(_) => ("cancel", false, false),
        CommandArgs::Explain(_) => ("explain", false, false),
        CommandArgs::Login(_) => ("login", false, false),
        CommandArgs::Logout => ("logout", false, false),
        CommandArgs::WhoAmI => ("whoami", false, false),
        CommandArgs::Doctor => ("doctor", false, false),
        CommandArgs::Journal(_) => ("journal", false, false),
        CommandArgs::Simulator(args) => ("this command", args.has_rows(), args.has_ids()),
        CommandArgs::Webhook(_) => ("webhook verify", false, false),
        CommandArgs::Completions(_) | CommandArgs::Schema(_) | CommandArgs::Help(_) => {
            return Ok(());
        }
    };
    let offered = match format {
        Format::Text | Format::Json => true,
        Format::Csv => csv,
        Format::Ids => ids,
    };
    if offered {
        return Ok(());
    }
    Err(Error::usage(
        format!("--output: {name} has no `{}` form", format.as_str()),
        match (csv, ids) {
            (false, false) => "Use text or json.",
            (true, false) => "Use text, json or csv.",
            (false, true) => "Use text, json or ids.",
            (true, true) => "Use text, json, csv or ids.",
        },
    ))
}

/// Returns whether nothing can be done without a key.
fn needs_the_service(intent: &Intent) -> bool {
    let offline = matches!(intent, Intent::Activity(activity) if activity.offline);
    speaks_to_the_service(intent) && !offline
}

fn speaks_to_the_service(intent: &Intent) -> bool {
    match intent {
        Intent::Send(send) => send.preview.is_none(),
        Intent::Status(_) | Intent::Watch(_) | Intent::Activity(_) | Intent::Cancel(_) => true,
        Intent::Explain(explain) => matches!(explain, Explain::Notification(_)),
        Intent::Login(_)
        | Intent::Logout
        | Intent::WhoAmI
        | Intent::Doctor
        | Intent::Journal(_)
        | Intent::Simulator(_)
        | Intent::Verify(_)
        | Intent::Serve(_)
        | Intent::Run(_)
        | Intent::Print(_) => false,
    }
}
