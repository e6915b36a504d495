//! What makes a Node program reach the simulator in the place of the service.

/// The place of the address in the module.
const PLACE: &str = "{SIMULATOR}";

/// Returns a module for Node's `--require` that sends what `fetch` would send to the service to an address. It is a
/// CommonJS module, because every Node takes one there, while `--import` ends those before 18.18.
pub fn preload(address: &str) -> String {
    include_str!("preload.cjs").replace(PLACE, address)
}
