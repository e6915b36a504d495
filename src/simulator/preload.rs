//! A JavaScript module that redirects the requests of a Node program from the service to the simulator.

const PLACEHOLDER: &str = "{SIMULATOR}";

/// Returns the source of a module that redirects `fetch` calls from the service to the simulator, whose URL is
/// `address`. Load the module with Node's option `--require`. It is a CommonJS module, because Node before 18.18 does
/// not accept `--import`.
pub fn preload(address: &str) -> String {
    include_str!("preload.cjs").replace(PLACEHOLDER, address)
}
