//! The dependencies of the source: which module may import which, no cycles, and where a crate may be used. Changing a table
//! here is a design change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::import_graph::{ImportGraph, TestCode, cycles, top_level};

/// The modules of the crate, lowest layer first: a module imports only its own layer and lower ones.
const LAYERS: [&[&str]; 7] = [
    &["host", "model", "text", "sqlite", "schema_gen"],
    &["api"],
    &["journal", "config", "simulator"],
    &["client"],
    &["redact", "error", "exit", "output", "prompt"],
    &["commands"],
    &["app"],
];

/// What the layers alone would allow: importing module, imported module.
const FORBIDDEN: [(&str, &str); 1] = [("simulator", "client")];

/// Where a crate, or an item of a crate, may be used: the beginnings of paths below `src/`.
const CRATE_LOCATIONS: [(&str, &[&str]); 15] = [
    ("clap", &["commands/"]),
    ("clap::Error", &["app.rs", "output/clap_error.rs"]),
    ("clap::error", &["output/clap_error.rs"]),
    ("clap_complete", &["commands/completions.rs"]),
    ("rusqlite", &["sqlite/", "journal", "simulator/store/"]),
    ("comfy_table", &["output/table.rs"]),
    ("indicatif", &["output/progress.rs"]),
    ("dialoguer", &["prompt/terminal.rs"]),
    ("axum", &["simulator/"]),
    ("hyper", &["simulator/serve/", "client/network.rs"]),
    (
        "hyper_util",
        &["simulator/serve/", "client/network.rs", "client/proxy.rs"],
    ),
    ("csv", &["output/formats/csv.rs"]),
    ("rustix", &["host/"]),
    (
        "reqwest",
        &[
            "client/build_error.rs",
            "client/network.rs",
            "simulator/webhooks/sender.rs",
        ],
    ),
    ("reqwest::Url", &["simulator/webhooks/rules.rs"]),
];

/// Global state of the process, which only `host` touches.
const PROCESS_GLOBALS: [&str; 5] = [
    "std::env",
    "std::process",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
];
const PRINTING_MACROS: [&str; 4] = ["print", "println", "eprint", "eprintln"];

/// Names of files that say nothing about their content.
const VAGUE_NAMES: [&str; 5] = ["utils", "helpers", "common", "manager", "types"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read_graph(tests: TestCode) -> ImportGraph {
    let graph = ImportGraph::read(&root().join("src"), tests);
    let count = graph.modules().len();
    assert!(count > 50, "only {count} modules were found");
    graph
}

/// Returns the dependencies between top-level modules, each with two files that show it.
fn module_dependencies<'g>(
    edges: &BTreeSet<(&'g str, &'g str)>,
) -> BTreeMap<(&'g str, &'g str), (&'g str, &'g str)> {
    let mut found = BTreeMap::new();
    for (from, to) in edges {
        if top_level(from) != top_level(to) {
            found.insert((top_level(from), top_level(to)), (*from, *to));
        }
    }
    found
}

/// Returns whether a path is an item, or lies below it: `std::env::var` and `std::env`.
fn is_within(path: &str, item: &str) -> bool {
    let rest = path.strip_prefix(item);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Describes groups of files that import each other, with the imports among them.
fn describe_cycles(edges: &BTreeSet<(&str, &str)>) -> String {
    let mut text = String::new();
    for group in cycles(edges) {
        text.push_str("cycle:\n");
        for (from, to) in edges {
            if group.contains(from) && group.contains(to) {
                text.push_str(&format!("    (\"{from}\", \"{to}\"),\n"));
            }
        }
    }
    text
}

#[test]
fn every_module_has_a_layer() {
    let graph = read_graph(TestCode::Included);
    let modules: BTreeSet<&str> = graph
        .modules()
        .iter()
        .map(|module| module.top_level())
        .filter(|name| *name != "lib")
        .collect();
    let placed: BTreeSet<&str> = LAYERS.iter().copied().flatten().copied().collect();
    assert_eq!(modules, placed, "modules of src/, and LAYERS");
}

#[test]
fn modules_import_only_their_own_and_lower_layers() {
    let layer = |name: &str| LAYERS.iter().position(|group| group.contains(&name));
    let graph = read_graph(TestCode::Included);
    let edges = graph.dependencies();
    let dependencies = module_dependencies(&edges);
    assert!(dependencies.len() > 50, "{dependencies:#?}");
    for ((from, to), files) in &dependencies {
        assert!(
            layer(to) <= layer(from),
            "{from} must not import {to}, a higher layer: {files:?}"
        );
        assert!(
            !FORBIDDEN.contains(&(*from, *to)),
            "{from} must not import {to}: {files:?}"
        );
    }
}

#[test]
fn modules_form_no_cycle() {
    let graph = read_graph(TestCode::Excluded);
    let edges = graph.dependencies();
    let dependencies: BTreeSet<(&str, &str)> = module_dependencies(&edges).into_keys().collect();
    let description = describe_cycles(&dependencies);
    assert!(description.is_empty(), "{description}");
}

#[test]
fn files_form_no_cycle() {
    let graph = read_graph(TestCode::Excluded);
    let edges = graph.dependencies();
    let description = describe_cycles(&edges);
    assert!(description.is_empty(), "{description}");
}

#[test]
fn the_program_uses_only_app_and_host() {
    let main = fs::read_to_string(root().join("src/main.rs")).unwrap();
    let sources = BTreeMap::from([("lib.rs".to_owned(), main)]);
    let graph = ImportGraph::build(&sources, TestCode::Included);
    for path in graph.external_paths(&graph.modules()[0]) {
        if let Some(item) = path.strip_prefix("sendivent::") {
            assert!(is_within(item, "app") || is_within(item, "host"), "{path}");
        }
    }
}

#[test]
fn crates_are_used_only_where_they_belong() {
    let graph = read_graph(TestCode::Included);
    for module in graph.modules() {
        for path in graph.external_paths(module) {
            let mut restricted = CRATE_LOCATIONS
                .iter()
                .filter(|(item, _)| is_within(&path, item))
                .peekable();
            let is_unrestricted = restricted.peek().is_none();
            let is_allowed = restricted
                .flat_map(|(_, locations)| *locations)
                .any(|location| module.file.starts_with(location));
            assert!(
                is_unrestricted || is_allowed,
                "src/{} must not use {path}, see CRATE_LOCATIONS",
                module.file
            );
        }
    }
}

#[test]
fn only_host_touches_the_process() {
    let graph = read_graph(TestCode::Excluded);
    for module in graph.modules() {
        if module.top_level() == "host" {
            continue;
        }
        for path in graph.external_paths(module) {
            let is_global = PROCESS_GLOBALS.iter().any(|item| is_within(&path, item));
            assert!(!is_global, "src/{} must not use {path}", module.file);
        }
        for name in PRINTING_MACROS {
            assert!(
                !module.macros.contains(name),
                "src/{} must not use {name}!",
                module.file
            );
        }
    }
}

#[test]
fn nothing_is_imported_by_glob() {
    for directory in ["src", "tests"] {
        for path in rust_files(&root().join(directory)) {
            let text = fs::read_to_string(&path).unwrap();
            // A file on its own: its modules are other files.
            let text = text.replace("mod ", "");
            let sources = BTreeMap::from([("lib.rs".to_owned(), text)]);
            let graph = ImportGraph::build(&sources, TestCode::Included);
            assert!(!graph.modules()[0].has_glob_import, "{}", path.display());
        }
    }
}

#[test]
fn no_work_is_marked_as_left_over() {
    // Put together, so that this file does not contain them.
    let markers = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    for directory in ["src", "tests"] {
        for path in rust_files(&root().join(directory)) {
            let text = fs::read_to_string(&path).unwrap();
            for (number, line) in text.lines().enumerate() {
                let is_marked = markers.iter().any(|marker| line.contains(marker.as_str()));
                assert!(!is_marked, "{}:{}: {line}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn file_names_are_specific() {
    for path in rust_files(&root().join("src")) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(!VAGUE_NAMES.contains(&name), "{}", path.display());
    }
}

#[test]
fn every_test_file_is_declared_with_a_doc_comment() {
    let directory = root().join("tests/cli");
    let main = fs::read_to_string(directory.join("main.rs")).unwrap();
    let lines: Vec<&str> = main.lines().collect();
    for path in rust_files(&directory) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name == "main" {
            continue;
        }
        let declaration = format!("mod {name};");
        let index = lines.iter().position(|line| *line == declaration);
        let index = index.unwrap_or_else(|| panic!("tests/cli/main.rs does not declare {name}"));
        assert!(
            lines[index - 1].starts_with("/// "),
            "mod {name}; has no doc comment"
        );
    }
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the dependencies among a few files, `from -> to`.
fn dependencies_of(files: &[(&str, &str)]) -> Vec<String> {
    let sources = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let graph = ImportGraph::build(&sources.collect(), TestCode::Excluded);
    let edges = graph.dependencies();
    edges
        .iter()
        .map(|(from, to)| format!("{from} -> {to}"))
        .collect()
}

#[test]
fn paths_resolve_to_the_file_that_defines_the_item() {
    let found = dependencies_of(&[
        ("lib.rs", "pub mod a; mod b;"),
        (
            "a/mod.rs",
            "mod leaf;\nmod user;\npub use leaf::Leaf;\npub struct Own;",
        ),
        ("a/leaf.rs", "pub struct Leaf; pub fn leaf() {}"),
        (
            "a/user.rs",
            "use super::leaf;\nfn call() { leaf::leaf(); self::own(); }\nfn own() {}",
        ),
        (
            "b.rs",
            "use crate::{a::{Leaf as Renamed, Own}};\nfn f(_: Renamed, _: Own) {}",
        ),
    ]);
    let expected = [
        "a/user.rs -> a/leaf.rs",
        "b.rs -> a/leaf.rs",
        "b.rs -> a/mod.rs",
    ];
    assert_eq!(found, expected);
}

#[test]
fn comments_strings_and_test_code_are_no_dependencies() {
    let found = dependencies_of(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        (
            "a.rs",
            "// crate::b::one\n/* crate::b::one */ const TEXT: &str = \"see crate::b::one\";\n\
             #[cfg(test)]\nmod tests { use crate::b; fn one() { b::one(); } }\n\
             #[cfg(test)]\nfn helper() -> [u8; 2] { crate::b::one() }\nfn last() { crate::c::one('\"') }",
        ),
        ("b.rs", "pub fn one() {}"),
        ("c.rs", "#[serde(with = \"crate::b::one\")] pub fn one() {}"),
    ]);
    assert_eq!(found, ["a.rs -> c.rs", "c.rs -> b.rs"]);
}

#[test]
fn cycles_are_groups_that_reach_each_other() {
    let edges = [
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
        ("c", "d"),
        ("e", "f"),
        ("f", "e"),
    ];
    let found = cycles(&edges.into_iter().collect());
    assert_eq!(
        found,
        [BTreeSet::from(["a", "b", "c"]), BTreeSet::from(["e", "f"])]
    );
}
