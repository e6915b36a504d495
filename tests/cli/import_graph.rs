//! Reads the modules of `src/` and the paths in them, and resolves each path to the file that defines its item.
//!
//! This is done on tokens, not by a compiler: a method called on a value names no path, so it adds no dependency, and a
//! path that a macro builds is not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// How many re-exports in a row are followed.
const MAX_REEXPORTS: usize = 16;

/// Whether items behind `#[cfg(test)]` are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestCode {
    Included,
    Excluded,
}

/// The module tree of a library crate.
pub struct ImportGraph {
    modules: Vec<Module>,
}

/// A module that has a file of its own. Modules inside a file count as part of it.
pub struct Module {
    /// Its file, below `src/`.
    pub file: String,
    parent: usize,
    children: BTreeMap<String, usize>,
    /// What `use` brings into scope: the name, and the path that it stands for.
    imports: BTreeMap<String, Vec<String>>,
    paths: Vec<UsedPath>,
    /// The macros that are called, without `!`.
    pub macros: BTreeSet<String>,
    pub has_glob_import: bool,
}

struct UsedPath {
    segments: Vec<String>,
    is_reexport: bool,
}

impl ImportGraph {
    /// Reads the files of a source directory.
    pub fn read(directory: &Path, tests: TestCode) -> Self {
        let mut sources = BTreeMap::new();
        read_sources(directory, directory, &mut sources);
        Self::build(&sources, tests)
    }

    /// Builds the tree from `lib.rs`, given all files by their paths.
    pub fn build(sources: &BTreeMap<String, String>, tests: TestCode) -> Self {
        let mut graph = Self {
            modules: Vec::new(),
        };
        graph.add(sources, "lib.rs", "", 0, tests);
        graph
    }

    /// Adds a module and its children, and returns its index. `directory` is where the files of its children are.
    fn add(
        &mut self,
        sources: &BTreeMap<String, String>,
        file: &str,
        directory: &str,
        parent: usize,
        tests: TestCode,
    ) -> usize {
        let mut parser = Parser::new(&sources[file], tests);
        parser.parse();
        let index = self.modules.len();
        self.modules.push(Module {
            file: file.to_owned(),
            parent,
            children: BTreeMap::new(),
            imports: parser.imports,
            paths: parser.paths,
            macros: parser.macros,
            has_glob_import: parser.has_glob_import,
        });
        for (name, explicit_file) in parser.child_modules {
            let own_directory = file.rsplit_once('/').map_or("", |(directory, _)| directory);
            let explicit_file = explicit_file.map(|file| format!("{own_directory}/{file}"));
            let candidates = [
                explicit_file.unwrap_or_default(),
                format!("{directory}{name}.rs"),
                format!("{directory}{name}/mod.rs"),
            ];
            let found = candidates.iter().find(|path| sources.contains_key(*path));
            let child_file = found.unwrap_or_else(|| panic!("src/{file}: no file for mod {name}"));
            let child_directory = format!("{directory}{name}/");
            let child = self.add(sources, child_file, &child_directory, index, tests);
            self.modules[index].children.insert(name, child);
        }
        index
    }

    /// Returns the modules that have a file.
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// Returns the dependencies between files: who imports, and what.
    ///
    /// A path depends on the file of the module that it names, and on every file behind it that a re-export leads to. A
    /// re-export of a module's own descendants is no dependency of that module.
    pub fn dependencies(&self) -> BTreeSet<(&str, &str)> {
        let mut edges = BTreeSet::new();
        for (index, module) in self.modules.iter().enumerate() {
            for path in &module.paths {
                let first = &path.segments[0];
                let is_own_descendant = first == "self" || module.children.contains_key(first);
                if path.is_reexport && is_own_descendant {
                    continue;
                }
                let mut targets = BTreeSet::new();
                self.resolve(index, &path.segments, MAX_REEXPORTS, &mut targets);
                targets.remove(&index);
                edges.extend(targets.iter().map(|target| {
                    let target = &self.modules[*target];
                    (module.file.as_str(), target.file.as_str())
                }));
            }
        }
        edges
    }

    /// Returns the paths of other crates that a module uses, such as `std::env::var`.
    pub fn external_paths(&self, module: &Module) -> BTreeSet<String> {
        let local = |name: &str| {
            ["crate", "self", "super", "Self"].contains(&name) || module.children.contains_key(name)
        };
        let mut found = BTreeSet::new();
        for path in &module.paths {
            let mut segments = path.segments.clone();
            // `use std::io;` makes `io::stdout` mean `std::io::stdout`.
            if let Some(import) = module.imports.get(&segments[0])
                && import[0] != segments[0]
            {
                segments.splice(0..1, import.iter().cloned());
            }
            if !local(&segments[0]) {
                found.insert(segments.join("::"));
            }
        }
        found
    }

    /// Adds to `targets` the modules whose files a path depends on. A path that ends at a module adds none: what is used of
    /// that module is named by other paths.
    fn resolve(
        &self,
        from: usize,
        path: &[String],
        reexports_left: usize,
        targets: &mut BTreeSet<usize>,
    ) {
        let Some(reexports_left) = reexports_left.checked_sub(1) else {
            return;
        };
        let scope = &self.modules[from];
        let (mut current, mut rest) = match path[0].as_str() {
            "crate" => (0, &path[1..]),
            "self" => (from, &path[1..]),
            "super" => (scope.parent, &path[1..]),
            first if scope.children.contains_key(first) => (from, path),
            first => {
                if let Some(import) = scope.imports.get(first)
                    && import[0] != first
                {
                    let full: Vec<String> = import.iter().chain(&path[1..]).cloned().collect();
                    self.resolve(from, &full, reexports_left, targets);
                }
                return;
            }
        };
        while let Some((segment, after)) = rest.split_first() {
            let module = &self.modules[current];
            if segment == "super" {
                (current, rest) = (module.parent, after);
                continue;
            }
            // One name may stand for a module and for an item of another module, such as `table` and `table::table`.
            let is_last = after.is_empty();
            if let Some(child) = module.children.get(segment)
                && !(is_last && module.imports.contains_key(segment))
            {
                (current, rest) = (*child, after);
                continue;
            }
            targets.insert(current);
            if let Some(import) = module.imports.get(segment) {
                let full: Vec<String> = import.iter().chain(after).cloned().collect();
                self.resolve(current, &full, reexports_left, targets);
            }
            return;
        }
    }
}

impl Module {
    /// Returns the module of the crate's top level that this one belongs to.
    pub fn top_level(&self) -> &str {
        top_level(&self.file)
    }
}

/// Returns the top-level module that a file belongs to.
pub fn top_level(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// Returns the groups of nodes that reach each other, each with more than one node.
pub fn cycles<'g>(edges: &BTreeSet<(&'g str, &'g str)>) -> Vec<BTreeSet<&'g str>> {
    let mut reachable: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut targets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in edges {
        targets.entry(from).or_default().push(to);
    }
    for start in targets.keys() {
        let mut found = BTreeSet::new();
        let mut pending = vec![*start];
        while let Some(node) = pending.pop() {
            for target in targets.get(node).into_iter().flatten() {
                if found.insert(*target) {
                    pending.push(target);
                }
            }
        }
        reachable.insert(start, found);
    }
    let mut groups = BTreeSet::new();
    for (start, found) in &reachable {
        let group: BTreeSet<&str> = found
            .iter()
            .filter(|node| {
                reachable
                    .get(*node)
                    .is_some_and(|back| back.contains(start))
            })
            .copied()
            .collect();
        if group.len() > 1 {
            groups.insert(group);
        }
    }
    groups.into_iter().collect()
}

fn read_sources(root: &Path, directory: &Path, sources: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = path.strip_prefix(root).unwrap().display().to_string();
            sources.insert(file, fs::read_to_string(&path).unwrap());
        }
    }
}

/// Collects modules, imports and paths from the tokens of a file.
struct Parser {
    tokens: Vec<String>,
    at: usize,
    tests: TestCode,
    child_modules: Vec<(String, Option<String>)>,
    imports: BTreeMap<String, Vec<String>>,
    paths: Vec<UsedPath>,
    macros: BTreeSet<String>,
    has_glob_import: bool,
}

impl Parser {
    fn new(text: &str, tests: TestCode) -> Self {
        Self {
            tokens: tokenize(text),
            at: 0,
            tests,
            child_modules: Vec::new(),
            imports: BTreeMap::new(),
            paths: Vec::new(),
            macros: BTreeSet::new(),
            has_glob_import: false,
        }
    }

    fn token(&self, offset: usize) -> &str {
        self.tokens.get(self.at + offset).map_or("", String::as_str)
    }

    fn starts_with(&self, expected: &[&str]) -> bool {
        let mut pairs = expected.iter().enumerate();
        pairs.all(|(offset, token)| self.token(offset) == *token)
    }

    fn parse(&mut self) {
        let mut explicit_file = None;
        while self.at < self.tokens.len() {
            if self.tests == TestCode::Excluded
                && self.starts_with(&["#", "[", "cfg", "(", "test", ")", "]"])
            {
                self.at += 7;
                self.skip_item();
            } else if self.starts_with(&["#", "[", "path", "="]) {
                explicit_file = Some(self.token(4).trim_matches('"').to_owned());
                self.at += 6;
            } else if self.token(0) == "mod" && self.token(2) == ";" {
                let name = self.token(1).to_owned();
                self.child_modules.push((name, explicit_file.take()));
                self.at += 3;
            } else if self.token(0) == "use" && !self.token(1).starts_with(['<', ',']) {
                let is_reexport =
                    self.at > 0 && matches!(self.tokens[self.at - 1].as_str(), "pub" | ")");
                self.at += 1;
                self.parse_use(&[], is_reexport);
            } else if is_identifier(self.token(0)) {
                self.parse_path();
            } else {
                self.parse_path_in_string();
                self.at += 1;
            }
        }
    }

    /// Skips attributes and the item behind them, up to its `;` or the end of its block.
    fn skip_item(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.tokens.len() {
            let token = self.token(0).to_owned();
            self.at += 1;
            match token.as_str() {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                "}" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return;
                    }
                }
                ";" if depth == 0 => return,
                _ => {}
            }
        }
    }

    /// Reads one tree of a `use` declaration, behind the segments that lead to it.
    fn parse_use(&mut self, prefix: &[String], is_reexport: bool) {
        let mut segments = prefix.to_vec();
        loop {
            match self.token(0) {
                "{" => {
                    self.at += 1;
                    while self.token(0) != "}" {
                        self.parse_use(&segments, is_reexport);
                        if self.token(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "*" => {
                    self.has_glob_import = true;
                    self.at += 1;
                    return;
                }
                "::" => self.at += 1,
                name if is_identifier(name) && name != "as" => {
                    // `{self}` means the path before it.
                    if name != "self" || segments.is_empty() {
                        segments.push(name.to_owned());
                    }
                    self.at += 1;
                }
                _ => break,
            }
        }
        let mut name = segments.last().cloned().unwrap_or_default();
        if self.token(0) == "as" {
            self.token(1).clone_into(&mut name);
            self.at += 2;
        }
        self.imports.insert(name, segments.clone());
        self.paths.push(UsedPath {
            segments,
            is_reexport,
        });
    }

    fn parse_path(&mut self) {
        let is_continued = self.at > 0 && matches!(self.tokens[self.at - 1].as_str(), "::" | ".");
        let mut segments = vec![self.token(0).to_owned()];
        self.at += 1;
        while self.token(0) == "::" && is_identifier(self.token(1)) {
            segments.push(self.token(1).to_owned());
            self.at += 2;
        }
        if self.token(0) == "!" && self.token(1) != "=" {
            self.macros.insert(segments[segments.len() - 1].clone());
        }
        if segments.len() > 1 && !is_continued {
            self.paths.push(UsedPath {
                segments,
                is_reexport: false,
            });
        }
    }

    /// Reads a string that is a path as a whole, as in `#[serde(with = "time::milliseconds")]`.
    fn parse_path_in_string(&mut self) {
        let Some(text) = self.token(0).strip_prefix('"') else {
            return;
        };
        let segments: Vec<String> = text
            .trim_end_matches('"')
            .split("::")
            .map(str::to_owned)
            .collect();
        if segments.len() > 1 && segments.iter().all(|segment| is_identifier(segment)) {
            self.paths.push(UsedPath {
                segments,
                is_reexport: false,
            });
        }
    }
}

fn is_identifier(token: &str) -> bool {
    let mut characters = token.chars();
    characters
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_')
        && characters.all(|c| c.is_alphanumeric() || c == '_')
}

/// Splits Rust source into identifiers, `::`, strings in double quotes and single characters. Comments, numbers, lifetimes
/// and character literals are left out.
fn tokenize(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let rest = &characters[at..];
        at += match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => {
                let end = rest.windows(2).position(|pair| pair == ['*', '/']);
                end.map_or(rest.len(), |end| end + 2)
            }
            ['"', ..] => {
                let length = string_length(rest);
                tokens.push(rest[..length].iter().collect());
                length
            }
            ['r', '"' | '#', ..] if raw_string_length(rest).is_some() => {
                raw_string_length(rest).unwrap_or(1)
            }
            ['\'', '\\', ..] => 3 + rest[3..].iter().position(|c| *c == '\'').unwrap_or(0) + 1,
            ['\'', _, '\'', ..] => 3,
            [':', ':', ..] => {
                tokens.push("::".to_owned());
                2
            }
            [c, ..] if c.is_alphanumeric() || *c == '_' => {
                let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
                let length = rest.iter().position(|c| !is_part(c)).unwrap_or(rest.len());
                tokens.push(rest[..length].iter().collect());
                length
            }
            [c, ..] => {
                if !c.is_whitespace() && *c != '\'' {
                    tokens.push(c.to_string());
                }
                1
            }
            [] => 1,
        };
    }
    tokens
}

/// Returns how long the string literal at the beginning is, quotes included.
fn string_length(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// Returns how long the raw string literal at the beginning is, if there is one.
fn raw_string_length(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return None;
    }
    let end: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    let body = 2 + hashes;
    let length = rest[body..]
        .windows(end.len())
        .position(|window| window == end)?;
    Some(body + length + end.len())
}
