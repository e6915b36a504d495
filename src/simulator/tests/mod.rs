//! The simulator through its router, as a client sees it.

mod contacts;
mod contract;
mod control;
mod driver;
mod events;
mod faults;
mod lists;
mod memory;
mod namespaces;
mod openapi;
mod receiver;
mod sends;
mod webhook_delivery;
mod webhook_receivers;
mod webhooks;
