//! JSON for the configurations that tests make.

use numplan::config::json::Json;

/// A string.
pub(crate) fn text(text: &str) -> Json {
    Json::String(text.as_bytes().to_vec())
}

/// An object, in order.
pub(crate) fn object(members: impl IntoIterator<Item = (String, Json)>) -> Json {
    Json::Object(
        members
            .into_iter()
            .map(|(key, value)| (key.into_bytes(), value))
            .collect(),
    )
}
