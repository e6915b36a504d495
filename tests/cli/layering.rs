//! The table of rooms: a module may import only what stands before it. Changing the table is a design change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the ground up. Rooms of one group may import each other, as long as that makes no circle.
const ROOMS: [&[&str]; 8] = [
    &["model", "words", "host", "sqlite", "schema_gen"],
    &["api", "schemas"],
    &["journal", "config", "simulator", "intent"],
    &["report"],
    &["client"],
    &["error", "exit", "prompt"],
    &["cli", "commands", "output"],
    &["app"],
];

/// What the order alone would allow.
const NEVER: [(&str, &str); 6] = [
    ("commands", "output"),
    ("output", "commands"),
    ("commands", "cli"),
    ("cli", "commands"),
    ("output", "client"),
    ("simulator", "client"),
];

/// Crates that live in few places: the beginnings of paths below `src/`.
const HOMES: [(&str, &[&str]); 12] = [
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/completions.rs"]),
    ("rusqlite", &["sqlite/", "journal", "simulator/store/"]),
    ("comfy_table", &["output/table.rs"]),
    ("indicatif", &["output/progress.rs"]),
    ("dialoguer", &["prompt.rs"]),
    ("axum", &["simulator/"]),
    ("hyper", &["simulator/serve/", "client/network.rs"]),
    ("hyper_util", &["simulator/serve/", "client/proxy.rs"]),
    ("csv", &["output/csv.rs"]),
    ("rustix", &["host/"]),
    (
        "reqwest",
        &["client/network.rs", "simulator/webhooks/deliver.rs"],
    ),
];

/// What may name `clap::Error`, and nothing else of clap: it is shown, not made.
const SHOWS_CLAP_ERRORS: [&str; 2] = ["app.rs", "output/clap_error.rs"];

/// The process's own things, which only the host touches.
const OF_THE_PROCESS: [&str; 8] = [
    "std::env",
    "std::process",
    "println!",
    "print!(",
    "eprint",
    "io::stdout",
    "io::stderr",
    "io::stdin",
];

struct File {
    /// Below `src/`.
    path: String,
    /// Without comments.
    code: String,
}

impl File {
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// How many modules deep the file lies: 1 for a room.
    fn depth(&self) -> usize {
        let path = self.path.strip_suffix("/mod.rs").unwrap_or(&self.path);
        path.split('/').count()
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn all_paths(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all_paths(&path, found);
        } else {
            found.push(path);
        }
    }
    found.sort();
}

fn files() -> Vec<File> {
    let source = root().join("src");
    let mut paths = Vec::new();
    all_paths(&source, &mut paths);
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let files: Vec<File> = paths
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let uncommented = text.lines().map(|line| match line.trim_start() {
                comment if comment.starts_with("//") => "",
                _ => line,
            });
            File {
                path: path.strip_prefix(&source).unwrap().display().to_string(),
                code: uncommented.collect::<Vec<_>>().join("\n"),
            }
        })
        .collect();
    assert!(files.len() > 50, "only {} files were found", files.len());
    files
}

/// Returns where in a text a word stands by itself.
fn places<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).filter_map(move |(at, _)| {
        let before = text[..at].chars().next_back();
        (!before.is_some_and(part)).then_some(at)
    })
}

/// Returns the rooms that a file names by `crate::room` or in `crate::{…}`.
fn imports(code: &str) -> BTreeSet<String> {
    let name = |text: &str| -> String {
        let name = text.trim_start().chars();
        name.take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut found = BTreeSet::new();
    for at in places(code, "crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => {
                found.insert(name(rest));
            }
            Some(group) => found.extend(heads(group).map(name)),
        }
    }
    found
}

/// Returns what stands at the outermost level of `a, b::{c, d}}`.
fn heads(group: &str) -> impl Iterator<Item = &str> {
    let mut depth = 1_i32;
    let mut start = 0;
    let mut heads = Vec::new();
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && c == ',') {
            heads.push(&group[start..at]);
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    heads.into_iter().filter(|head| !head.trim().is_empty())
}

/// Returns which rooms import which, with a file that does.
fn edges(files: &[File]) -> BTreeMap<(String, String), String> {
    let mut edges = BTreeMap::new();
    for file in files {
        for to in imports(&file.code) {
            if to != file.room() {
                edges.insert((file.room().to_owned(), to), file.path.clone());
            }
        }
    }
    edges
}

#[test]
fn imports_are_read_in_every_form() {
    let code = "use crate::model::Channel;\nlet x = crate::words::all(crate::exit::Exit::Ok);\n\
                use crate::{api::{Key, wire}, config};\nuse mycrate::nothing;";
    let found: Vec<String> = imports(code).into_iter().collect();
    assert_eq!(found, ["api", "config", "exit", "model", "words"]);
}

#[test]
fn every_room_has_its_place() {
    let files = files();
    let rooms: BTreeSet<&str> = files.iter().map(File::room).collect();
    let placed: BTreeSet<&str> = ROOMS
        .iter()
        .copied()
        .flatten()
        .copied()
        .chain(["lib", "main"])
        .collect();
    assert_eq!(rooms, placed);
}

#[test]
fn a_room_imports_only_what_stands_before_it() {
    let place = |room: &str| ROOMS.iter().position(|group| group.contains(&room));
    let files = files();
    let edges = edges(&files);
    assert!(edges.len() > 50, "{edges:#?}");
    for ((from, to), file) in &edges {
        if from == "main" || from == "lib" {
            continue;
        }
        let (Some(from_place), Some(to_place)) = (place(from), place(to)) else {
            panic!("src/{file}: `crate::{to}` is no room");
        };
        assert!(
            to_place <= from_place,
            "src/{file}: {from} must not import {to}, which stands above it"
        );
        assert!(
            !NEVER.contains(&(from.as_str(), to.as_str())),
            "src/{file}: {from} must never import {to}"
        );
    }
    let main = files.iter().find(|file| file.path == "main.rs").unwrap();
    let named: BTreeSet<&str> = places(&main.code, "sendivent::")
        .map(|at| {
            main.code[at + "sendivent::".len()..]
                .split(':')
                .next()
                .unwrap()
        })
        .collect();
    assert_eq!(
        named,
        BTreeSet::from(["app", "host"]),
        "main.rs knows these two only"
    );
}

#[test]
fn rooms_do_not_import_each_other_in_a_circle() {
    let mut edges: BTreeSet<(String, String)> = edges(&files()).into_keys().collect();
    loop {
        let before = edges.len();
        let importing: BTreeSet<String> = edges.iter().map(|(from, _)| from.clone()).collect();
        // What imports nothing that is left is in no circle.
        edges.retain(|(_, to)| importing.contains(to));
        if edges.len() == before {
            break;
        }
    }
    assert!(edges.is_empty(), "a circle among {edges:?}");
}

#[test]
fn nothing_leaves_its_room_through_super() {
    for file in files() {
        for line in file.code.lines() {
            // A module inside the file, such as its tests, is one deeper; it is indented.
            let inside = usize::from(line.starts_with(char::is_whitespace));
            let most = file.depth() - 1 + inside;
            let climb = "super::".repeat(most + 1);
            assert!(!line.contains(&climb), "src/{}: {line}", file.path);
        }
    }
}

#[test]
fn crates_stay_at_home() {
    for file in files() {
        for (name, homes) in HOMES {
            if homes.iter().any(|home| file.path.starts_with(home)) {
                continue;
            }
            let path = format!("{name}::");
            for at in places(&file.code, &path) {
                // A path that goes on, as in `super::csv::line`, is a module of ours.
                if file.code[..at].ends_with("::") {
                    continue;
                }
                let rest = &file.code[at + path.len()..];
                let shows = name == "clap"
                    && SHOWS_CLAP_ERRORS.contains(&file.path.as_str())
                    && rest.starts_with("Error");
                let ours = name == "csv" && file.path.starts_with("output/");
                assert!(
                    shows || ours,
                    "src/{}: {name} lives in {homes:?}",
                    file.path
                );
            }
        }
    }
}

#[test]
fn only_the_host_touches_the_process() {
    for file in files() {
        if file.room() == "host" || file.path == "main.rs" {
            continue;
        }
        for word in OF_THE_PROCESS {
            let found = places(&file.code, word).next();
            assert!(
                found.is_none(),
                "src/{}: {word} belongs to host/",
                file.path
            );
        }
    }
}

#[test]
fn names_say_what_is_inside() {
    const EMPTY_NAMES: [&str; 5] = ["utils", "helpers", "common", "manager", "types"];
    for file in files() {
        let parts = file.path.trim_end_matches(".rs").split('/');
        for part in parts {
            assert!(!EMPTY_NAMES.contains(&part), "src/{}", file.path);
        }
    }
}

#[test]
fn nothing_is_left_to_do_and_nothing_is_imported_whole() {
    // Put together, so that this file does not hold them.
    let left = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    let mut paths = Vec::new();
    all_paths(&root().join("src"), &mut paths);
    all_paths(&root().join("tests"), &mut paths);
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let place = format!("{}:{}", path.display(), number + 1);
            for word in &left {
                assert!(!line.contains(word.as_str()), "{place}: {line}");
            }
            let import = line
                .trim_start()
                .trim_start_matches("pub ")
                .starts_with("use ");
            assert!(
                !(import && line.trim_end().ends_with("::*;")),
                "{place}: {line}"
            );
        }
    }
}

#[test]
fn every_test_file_is_declared_with_a_word_on_what_it_holds() {
    let folder = root().join("tests/cli");
    let main = fs::read_to_string(folder.join("main.rs")).unwrap();
    let lines: Vec<&str> = main.lines().collect();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name == "main" || path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let at = lines
            .iter()
            .position(|line| *line == format!("mod {name};"));
        let at = at.unwrap_or_else(|| panic!("tests/cli/main.rs does not declare {name}"));
        assert!(
            lines[at - 1].starts_with("/// "),
            "mod {name}; has no doc comment"
        );
    }
}
