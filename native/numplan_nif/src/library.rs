//! The loaded library: its name, and how many instances of `numplan_nif.erl` run it.

use std::sync::Mutex;

/// The last [`unload`] clears the name, so that an unmapped library leaves no memory behind.
static LOADED: Mutex<Loaded> = Mutex::new(Loaded {
    instances: 0,
    build: String::new(),
});

struct Loaded {
    instances: usize,
    build: String,
}

/// The library's name, by which `numplan_nif.erl` loaded it; it holds the hash of the content.
pub(crate) fn build() -> String {
    LOADED.lock().map(|loaded| loaded.build.clone()).unwrap_or_default()
}

/// Counts an instance of the library called `build`, once `register` has registered its resource
/// types; false when that fails.
pub(crate) fn load(build: String, register: impl FnOnce(&str) -> bool) -> bool {
    let Ok(mut loaded) = LOADED.lock() else { return false };
    if !register(&build) {
        return false;
    }
    loaded.build = build;
    loaded.instances += 1;
    true
}

/// Takes an instance off the count, and calls `forget` when it was the last.
pub(crate) fn unload(forget: impl FnOnce()) {
    if let Ok(mut loaded) = LOADED.lock() {
        loaded.instances = loaded.instances.saturating_sub(1);
        if loaded.instances == 0 {
            forget();
            loaded.build = String::new();
        }
    }
}
