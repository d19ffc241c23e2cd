//! The engine as a native library of the BEAM.
//!
//! `numplan_nif.erl` has a stub for each function of [`entry::FUNCTIONS`] and is its only user. All `unsafe` code of Numplan is
//! in this crate: in [`call`], which brings arguments in and answers out, in [`resource`], which holds compiled plans, in [`kept`],
//! which keeps terms, and in [`entry`], which the VM calls to load, upgrade and unload.
//!
//! Nothing here may register a destructor for thread-local data: the C library would then never unmap this library, and each
//! hot upgrade would leave one behind.
#![deny(unsafe_op_in_unsafe_fn)]

mod atoms;
mod batches;
mod call;
mod checks;
mod codec;
mod configuration;
mod diffs;
mod entry;
mod explanations;
mod imports;
mod interned_plans;
mod json;
mod localities;
mod locks;
mod numbers;
mod plan_cache;
mod resource;
mod table;
