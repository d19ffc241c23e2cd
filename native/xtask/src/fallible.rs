//! Results of what may fail in any way: a tool says it and stops.

use std::error::Error;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;
