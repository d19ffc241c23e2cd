//! The engine as a native library of the BEAM.
//!
//! `numplan_nif.erl` has a stub for each function of `entry::FUNCTIONS` and is its only user. All
//! `unsafe` code of Numplan is in this crate: in `call`, which reads arguments and makes terms;
//! in `resource` and `plans`, which own values behind references; in `stored_term`, which owns
//! terms; in `read_mostly`, a value with many readers; in `accounts`, which sends messages; in
//! `counts` and `coarse_clock`; in `localities`, which opens its tables once; and in `entry`, which
//! the VM calls to load, upgrade and unload.
//!
//! Modules depend on each other in one direction: `refused` and `atoms`, then `resource`, `plans`,
//! `call` and `codec`, then those with native functions, then `entry`.
//!
//! No code here may register a destructor for thread-local data: the C library would then never
//! unmap this library, and each hot upgrade would leave one behind.
#![deny(unsafe_op_in_unsafe_fn)]

mod account_table;
mod accounts;
mod atoms;
mod batches;
mod call;
mod checks;
mod coarse_clock;
mod codec;
mod configuration;
mod counts;
mod diffs;
mod entry;
mod explanations;
mod imports;
mod interned_plans;
mod json;
mod library;
mod localities;
mod locks;
mod numbers;
mod plan_cache;
mod plans;
mod read_mostly;
mod refused;
mod regions;
mod resource;
mod stored_term;
mod table;
mod world;
