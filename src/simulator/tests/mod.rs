//! The simulator through its router, as a client sees it.

mod contract;
mod control;
mod driver;
mod faults;
mod lists;
mod memory;
mod runs;
mod sends;
