//! `help`: prints help about a command, or the table of exit codes.

use clap::Args;

use super::command::{Command, Context, Setup};
use super::verbatim::Verbatim;
use crate::error::Error;
use crate::exit::Exit;
use crate::text;

/// The maximum line length of the exit code table, in terminal columns.
const WIDTH: usize = 80;

/// Print help about a command or the exit codes
#[derive(Debug, Clone, Args)]
pub struct Help {
    /// A command, such as `simulator run`, or `exit-codes`
    topic: Vec<String>,
}

impl Command for Help {
    const NAME: &'static str = "help";
    type Input = String;
    type Report = Verbatim;

    fn validate(self, _setup: &Setup<'_>) -> Result<String, Error> {
        let Self { topic } = self;
        if topic == ["exit-codes"] {
            return Ok(exit_codes());
        }
        let mut root = super::command();
        root.build();
        let mut found = &root;
        for name in &topic {
            found = found.find_subcommand(name).ok_or_else(|| {
                let names = found.get_subcommands().map(clap::Command::get_name);
                let hint = text::did_you_mean(name, names.chain(["exit-codes"]));
                Error::usage(
                    format!("TOPIC: there is no help on `{}`", topic.join(" ")),
                    hint.unwrap_or("Run `sendivent help` for the commands.".to_owned()),
                )
            })?;
        }
        Ok(found.clone().render_long_help().to_string())
    }

    async fn run(text: String, _context: Context<'_>) -> Result<Verbatim, Error> {
        Ok(Verbatim(text))
    }
}

/// Returns the table of exit codes as text.
fn exit_codes() -> String {
    let mut text = String::from("CODE  NAME           MEANING\n");
    let indent = " ".repeat(21);
    let options = textwrap::Options::new(WIDTH).subsequent_indent(&indent);
    for exit in Exit::ALL {
        let line = format!("{:<5} {:<14} {}", exit.code(), exit.name(), exit.meaning());
        text.push_str(&textwrap::fill(&line, &options));
        text.push('\n');
    }
    text.push_str(
        "\nIf several codes apply, the first of 130, 143, 4, 9, 1, 2, 5, 6, 7, 69, 3, 124, 8 and 0 is\n\
         used. 9 applies if some results are good and others are bad.\n\
         `sendivent simulator run` exits with the code of its program.\n",
    );
    text
}
