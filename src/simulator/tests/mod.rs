//! The simulator through its router, as a client sees it.

mod contract;
mod control;
mod driver;
mod faults;
mod lists;
mod memory;
mod receiver;
mod runs;
mod sends;
mod webhook_delivery;
mod webhooks;
