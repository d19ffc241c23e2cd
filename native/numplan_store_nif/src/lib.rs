//! The embedded store as a native library of the BEAM.
//!
//! `Numplan.Store.SQLite.Native` has a stub for each function of `entry::FUNCTIONS` and is its only
//! user. All of them run on dirty I/O schedulers. `unsafe` code is in `call`, which reads
//! arguments; in `handle`, which owns open stores behind references; and in `entry`, which the VM
//! calls to load, upgrade and unload.
//!
//! Modules depend on each other in one direction: `call`, `handle`, `terms`, `functions`, `entry`.
#![deny(unsafe_op_in_unsafe_fn)]

mod call;
mod entry;
mod functions;
mod handle;
mod terms;
