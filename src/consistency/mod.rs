//! Histories judged: what clients saw, held against consistency models.

pub mod transactions;
