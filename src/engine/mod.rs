//! Floor 3: the world that nodes live in. One thread, one queue of events, and every decision a pure function of the
//! scenario and the seed.
//!
//! Life of a message: a handler's `send` becomes an effect; `effects` carries effects out in order, holding them back
//! behind writes that are not durable yet; [`judge`] asks whether the disk backs the message; [`network`] decides its
//! fate from the link's own stream; [`world`] delivers it in a later step.

mod ailments;
mod alarms;
pub mod amount;
mod attention;
mod clients;
mod clocks;
mod cluster;
pub mod config;
pub mod core;
pub mod disk;
pub mod doom;
mod effects;
mod event;
pub mod fault;
mod grant;
mod holds;
pub mod judge;
pub mod latency;
mod links;
mod measure;
mod mishaps;
pub mod model;
pub mod network;
pub mod panics;
pub mod plan;
pub mod play;
mod queue;
pub mod record;
pub mod schedule;
mod settle;
mod size;
mod strikes;
pub mod summary;
mod timers;
mod watch;
mod wire;
pub mod world;
