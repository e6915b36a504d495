//! Tests that send requests to the simulator's router, as a client does.

mod client;
mod contacts;
mod contract;
mod control;
mod events;
mod faults;
mod lists;
mod namespaces;
mod openapi;
mod receiver;
mod sends;
mod shared_state;
mod webhook_delivery;
mod webhook_receivers;
mod webhooks;
