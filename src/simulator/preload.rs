//! Redirects the requests of a Node program from the service to the simulator.

const PLACEHOLDER: &str = "{SIMULATOR}";

/// Returns the source of a module for Node's `--require`, which redirects `fetch` from the service to an address. It is a
/// CommonJS module: every version of Node loads one with `--require`, while those before 18.18 reject `--import`.
pub fn preload(address: &str) -> String {
    include_str!("preload.cjs").replace(PLACEHOLDER, address)
}
