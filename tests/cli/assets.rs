//! Man pages and completion scripts are generated from the commands and committed, so that they can be packaged without
//! running the program. `UPDATE_ASSETS=1 cargo test assets` rewrites them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use clap::Command;
use clap_mangen::Man;
use sendivent::exit::Exit;

const REFRESH: &str = "UPDATE_ASSETS=1 cargo test assets";

/// The scripts, and the file names that shells expect.
const SCRIPTS: [(&str, &str); 5] = [
    ("bash", "sendivent.bash"),
    ("zsh", "_sendivent"),
    ("fish", "sendivent.fish"),
    ("powershell", "sendivent.ps1"),
    ("elvish", "sendivent.elv"),
];

/// Variables without a flag.
const OTHER_VARIABLES: [(&str, &str); 2] = [
    (
        "XDG_STATE_HOME",
        "The directory that contains sendivent/, with the journal and the simulator's file [default: ~/.local/state].",
    ),
    (
        "HOME",
        "Your home directory, used when XDG_STATE_HOME or XDG_CONFIG_HOME is not set.",
    ),
];

#[test]
fn man_pages_are_current() {
    let mut root = sendivent::commands::command();
    root.build();
    let mut pages = BTreeMap::new();
    collect_pages(&root, &root, &mut pages);
    assert!(pages.contains_key("sendivent-simulator-clock-advance.1"));
    compare_directory("man", &pages);
}

#[test]
fn completion_scripts_are_current() {
    let scripts = SCRIPTS.map(|(shell, file)| {
        let script = sendivent::commands::script(shell).unwrap();
        (file.to_owned(), script)
    });
    compare_directory("completions", &BTreeMap::from(scripts));
}

#[test]
fn the_main_page_names_every_exit_code_and_variable() {
    let mut root = sendivent::commands::command();
    root.build();
    let page = render_page(&root, &root);
    for exit in Exit::ALL {
        assert!(
            page.contains(&format!(".TP\n\\fB{}\\fR", exit.code())),
            "{exit:?}"
        );
    }
    for name in [
        "SENDIVENT_SIMULATE",
        "SENDIVENT_OUTPUT",
        "NO_COLOR",
        "CI",
        "TZ",
        "HOME",
    ] {
        assert!(page.contains(&format!(".TP\n\\fB{name}\\fR")), "{name}");
    }
}

/// Compares a directory with the expected files, or writes them.
#[track_caller]
fn compare_directory(directory: &str, wanted: &BTreeMap<String, String>) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(directory);
    let write = std::env::var_os("UPDATE_ASSETS").is_some_and(|value| value == "1");
    if write {
        fs::create_dir_all(&path).unwrap();
    }
    for (name, text) in wanted {
        for word in [env!("CARGO_MANIFEST_DIR"), "target/debug", "/home/"] {
            assert!(
                !text.contains(word),
                "{directory}/{name} contains a path of this machine: {word}"
            );
        }
        let file = path.join(name);
        if write {
            fs::write(&file, text).unwrap();
        }
        let found = fs::read(&file).unwrap_or_default();
        assert!(
            found == text.as_bytes(),
            "{directory}/{name} is stale. To refresh it: {REFRESH}"
        );
    }
    let found: BTreeSet<String> = fs::read_dir(&path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in found {
        assert!(
            wanted.contains_key(&name),
            "{directory}/{name} belongs to no command and no shell: remove it"
        );
    }
}

/// Adds the pages of a command and its subcommands.
fn collect_pages(root: &Command, command: &Command, pages: &mut BTreeMap<String, String>) {
    pages.insert(
        format!("{}.1", page_name(command)),
        render_page(root, command),
    );
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        collect_pages(root, below, pages);
    }
}

/// Returns the name of a command's page: `sendivent-simulator-clock`.
fn page_name(command: &Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

fn render_page(root: &Command, command: &Command) -> String {
    let mut clone = command.clone();
    let usage = clone.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    let version = root.get_version().unwrap();
    let man = Man::new(clone.override_usage(usage))
        .title(page_name(command))
        .source(format!("sendivent {version}"))
        .manual("Sendivent Manual");
    let mut text = Vec::new();
    man.render_title(&mut text).unwrap();
    man.render_name_section(&mut text).unwrap();
    man.render_synopsis_section(&mut text).unwrap();
    man.render_description_section(&mut text).unwrap();
    man.render_options_section(&mut text).unwrap();
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text).unwrap();
    }
    let mut page = String::from_utf8(text).unwrap();
    if let Some(after) = command.get_after_help() {
        page.push_str(&after_help(&after.to_string()));
    }
    if page_name(command) == page_name(root) {
        page.push_str(&environment_section(root));
        page.push_str(&exit_status_section());
    } else {
        let parent = page_name(command).rsplit_once('-').unwrap().0;
        page.push_str(&format!(
            ".SH \"SEE ALSO\"\n\\fB{}\\fR(1)\n",
            escape_roff(parent)
        ));
    }
    page
}

/// Returns the text after the options; indented lines stay preformatted.
fn after_help(text: &str) -> String {
    let mut page = String::new();
    let mut preformatted = false;
    for line in text.lines() {
        let indented = line.starts_with(' ');
        if indented != preformatted {
            page.push_str(if indented {
                ".PP\n.nf\n.RS 4\n"
            } else {
                ".RE\n.fi\n"
            });
            preformatted = indented;
        }
        match line.trim() {
            "Example:" | "Examples:" => page.push_str(".SH EXAMPLES\n"),
            "Set it up:" => page.push_str(".SH SETUP\n"),
            "Try it:" => page.push_str(".SH EXAMPLE\n"),
            "" => {}
            line if indented => page.push_str(&format!("{}\n", escape_roff(line))),
            line => page.push_str(&format!(".PP\n{}\n", escape_roff(line))),
        }
    }
    if preformatted {
        page.push_str(".RE\n.fi\n");
    }
    page
}

/// Returns the variables of flags (`[env: NAME]` in their help) and [`OTHER_VARIABLES`].
fn environment_section(root: &Command) -> String {
    let mut page = String::from(
        ".SH ENVIRONMENT\nA flag overrides its variable. An empty variable counts as not set.\n",
    );
    for argument in root.get_arguments() {
        let help = argument
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let Some((about, names)) = help.split_once(" [env: ") else {
            continue;
        };
        let flag = argument.get_long().unwrap();
        for variable in names.trim_end_matches(']').split(", ") {
            let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
            let set = match value {
                "" => String::new(),
                value => format!("Set to {value}: "),
            };
            page.push_str(&format!(
                ".TP\n\\fB{}\\fR\n{}{} See \\fB{}\\fR.\n",
                escape_roff(name),
                set,
                escape_roff(&to_sentence(about)),
                escape_roff(&format!("--{flag}"))
            ));
        }
    }
    for (name, about) in OTHER_VARIABLES {
        page.push_str(&format!(
            ".TP\n\\fB{}\\fR\n{}\n",
            escape_roff(name),
            escape_roff(about)
        ));
    }
    page
}

fn exit_status_section() -> String {
    let mut page = String::from(
        ".SH \"EXIT STATUS\"\nThe same for every command. JSON output contains the name.\n",
    );
    for exit in Exit::ALL {
        page.push_str(&format!(
            ".TP\n\\fB{}\\fR {}\n{}\n",
            exit.code(),
            escape_roff(exit.name()),
            escape_roff(exit.meaning())
        ));
    }
    page
}

fn to_sentence(text: &str) -> String {
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{text}{end}")
}

/// Escapes backslashes and hyphens for roff, and dots and quotes at the beginning of a line.
fn escape_roff(text: &str) -> String {
    let text = text
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('\'', "\\(aq");
    if text.starts_with('.') {
        format!("\\&{text}")
    } else {
        text
    }
}
