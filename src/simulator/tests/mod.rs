//! The simulator through its router, as a client sees it.

mod contacts;
mod contract;
mod control;
mod description;
mod driver;
mod events;
mod faults;
mod lists;
mod memory;
mod namespaces;
mod receiver;
mod sends;
mod webhook_delivery;
mod webhook_receivers;
mod webhooks;
