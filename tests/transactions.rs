//! Serializability and weaker models by cycles: named histories, brute force, stores of
//! every kind, mutations, and pace.

#[path = "transactions/brute.rs"]
mod brute;
#[path = "transactions/formats.rs"]
mod formats;
#[path = "transactions/mutations.rs"]
mod mutations;
#[path = "transactions/named.rs"]
mod named;
#[path = "transactions/pace.rs"]
mod pace;
#[path = "transactions/stores.rs"]
mod stores;
#[path = "transactions/text.rs"]
mod text;
