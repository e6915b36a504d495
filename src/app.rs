//! One run from arguments to exit code: the only file that sees every part.

use crate::cli::{self, Cli, CommandArgs};
use crate::commands;
use crate::config::{Flags, Format, Presentation, Session, Settings};
use crate::error::Error;
use crate::exit::Exit;
use crate::intent::Intent;
use crate::journal::{Closing, Journal, Remembered};
use crate::output::{Presenter, show_clap_error};
use crate::sqlite::Place;
use crate::world::World;

/// Runs the program in a world.
pub fn run(world: &World) -> Exit {
    if world.variable("COMPLETE").is_some()
        && let Some(exit) = complete(world)
    {
        return exit;
    }
    let Cli { global, command } = match cli::parse(world.arguments()) {
        Ok(cli) => cli,
        Err(error) => return show_clap_error(&error, fallback(world), simulated(world), world),
    };
    let settings = Settings::resolve(global.flags(), world);
    let Settings {
        session,
        presentation,
    } = match settings {
        Ok(settings) => settings,
        Err(invalid) => {
            Presenter::new(world, fallback(world), simulated(world), false).error(&invalid.into());
            return Exit::Usage;
        }
    };
    let format = presentation.format;
    let follows = follows(&command);
    let simulated = session.simulate || matches!(command, CommandArgs::Simulator(_));
    let mut presenter = Presenter::new(world, presentation, simulated, follows);
    let result = check_format(&command, format)
        .and_then(|()| carry_out(command, &session, world, &mut presenter));
    match result {
        Ok(exit) => exit,
        Err(error) => {
            presenter.error(&error);
            Exit::from(&error)
        }
    }
}

/// Returns how an error is shown that comes before the settings are made.
fn fallback(world: &World) -> Presentation {
    Presentation {
        no_pii: world.variable("SENDIVENT_NO_PII").is_some()
            || world.arguments().iter().any(|word| word == "--no-pii"),
        ..Settings::fallback(cli::format_of(world.arguments()), world)
    }
}

/// Returns whether the run was to be simulated, as far as that is known before the settings are made.
fn simulated(world: &World) -> bool {
    let variable = world.variable("SENDIVENT_SIMULATE");
    matches!(variable.as_deref(), Some("1" | "true" | "yes"))
        || world.arguments().iter().any(|word| word == "--simulate")
}

fn carry_out(
    command: CommandArgs,
    session: &Session,
    world: &World,
    presenter: &mut Presenter<'_>,
) -> Result<Exit, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    let _entered = runtime.enter();
    let intent = cli::resolve(command, session, world)?;
    presenter.learn(|masker| masker.learn_intent(&intent));
    // Not before: what resolves may read stdin, which Ctrl-C must be able to end.
    world.listen();
    // One that came between two keys of a prompt was not the prompt's: it counts before anything is done.
    runtime
        .block_on(world.unless_interrupted(std::future::ready(())))
        .map_err(Error::Interrupted)?;
    if speaks_to_the_service(&intent) {
        presenter.announce();
    }
    let report = runtime.block_on(commands::run(intent, session, world, presenter))?;
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
        | CommandArgs::WhoAmI
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
        CommandArgs::WhoAmI => ("whoami", false, false),
        CommandArgs::Simulator(args) => ("this command", args.has_rows(), args.follows()),
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

fn speaks_to_the_service(intent: &Intent) -> bool {
    match intent {
        Intent::Send(send) => send.preview.is_none(),
        Intent::Status(_) | Intent::Watch(_) | Intent::Activity(_) | Intent::Cancel(_) => true,
        Intent::Explain(_)
        | Intent::WhoAmI
        | Intent::Simulator(_)
        | Intent::Verify(_)
        | Intent::Serve(_)
        | Intent::Print(_) => false,
    }
}

/// Answers a completion script. None when the run is none of one, as with `COMPLETE=0`.
fn complete(world: &World) -> Option<Exit> {
    let flags = Flags {
        simulator_db: typed_simulator_db(world),
        ..Flags::default()
    };
    let settings = Settings::resolve(flags, world);
    let place = settings.ok().and_then(|settings| {
        let target = settings.session.target();
        let journal = settings.session.journal?.ok()?;
        Some((journal, target, settings.session.no_pii))
    });
    let ids = move || {
        let Some((Place::File(path), target, no_pii)) = &place else {
            return Vec::new();
        };
        // Nothing can be said on a command line that is being typed: no journal, no candidates.
        let sends = Journal::peek(path)
            .and_then(|journal| journal.latest(target, 50).ok())
            .unwrap_or_default();
        let mut found: Vec<(String, String)> = Vec::new();
        for candidate in sends.into_iter().flat_map(|send| candidates(send, *no_pii)) {
            if found.iter().all(|(id, _)| *id != candidate.0) {
                found.push(candidate);
            }
        }
        found
    };
    match cli::complete(world.arguments(), ids) {
        Ok(true) => Some(Exit::Ok),
        Ok(false) => None,
        Err(error) => Some(show_clap_error(
            &error,
            fallback(world),
            simulated(world),
            world,
        )),
    }
}

/// Returns the simulator's file, if the line that is being completed names it.
fn typed_simulator_db(world: &World) -> Option<String> {
    let words: Vec<&str> = world
        .arguments()
        .iter()
        .filter_map(|word| word.to_str())
        .collect();
    words.iter().enumerate().find_map(|(index, word)| {
        let next = words.get(index + 1).copied();
        let value = match *word {
            "--simulator-db" => next,
            word => word.strip_prefix("--simulator-db="),
        };
        value.map(ToOwned::to_owned)
    })
}

fn candidates(send: Remembered, no_pii: bool) -> Vec<(String, String)> {
    let recipient = if no_pii {
        crate::model::masked(&send.recipient)
    } else {
        send.recipient
    };
    let about = format!("{} to {recipient}", send.event);
    match send.closing {
        Closing::Accepted(ids) => ids.into_iter().map(|id| (id, about.clone())).collect(),
        Closing::Refused | Closing::Unknown => Vec::new(),
    }
}
