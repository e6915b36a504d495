//! `help`

use clap::Args;

use crate::error::Error;
use crate::exit::Exit;
use crate::intent::Intent;
use crate::words;

/// Print help: of a command, or about exit codes
#[derive(Debug, Clone, Args)]
pub struct HelpArgs {
    /// A command, or `exit-codes`
    topic: Vec<String>,
}

impl HelpArgs {
    /// Says which help is meant.
    pub fn resolve(self) -> Result<Intent, Error> {
        let Self { topic } = self;
        if topic == ["exit-codes"] {
            return Ok(Intent::Print(exit_codes()));
        }
        let mut root = super::command();
        root.build();
        let mut found = &mut root;
        for name in &topic {
            let names: Vec<String> = found
                .get_subcommands()
                .map(|command| command.get_name().to_owned())
                .chain(["exit-codes".to_owned()])
                .collect();
            match found.find_subcommand_mut(name) {
                Some(command) => found = command,
                None => {
                    let hint = match words::nearest(name, names.iter().map(String::as_str)) {
                        Some(near) => format!("Did you mean `{near}`?"),
                        None => "`sendivent help` lists the commands.".to_owned(),
                    };
                    return Err(Error::usage(
                        format!("TOPIC: there is no help on `{}`", topic.join(" ")),
                        hint,
                    ));
                }
            }
        }
        Ok(Intent::Print(found.render_long_help().to_string()))
    }
}

/// Returns the table of exit codes as text.
fn exit_codes() -> String {
    let mut text = String::from("CODE  WORD           MEANS\n");
    for exit in Exit::ALL {
        text.push_str(&format!(
            "{:<5} {:<14} {}\n",
            exit.code(),
            exit.word(),
            exit.meaning()
        ));
    }
    text.push_str(
        "\nSeveral at once: 130 and 143 come first, then 4, 7 and 69 where they stopped the run,\n\
         then 9 where good and bad are mixed, then 3, 124, 8 and 0.\n",
    );
    text
}
