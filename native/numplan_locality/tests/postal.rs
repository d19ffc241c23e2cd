//! Cities of the United States against GeoNames' own rows.
#![cfg(feature = "us_postal")]
#![expect(clippy::expect_used, reason = "a test ends so")]

use numplan_locality::builtin::Known;

/// Of each city: its state, what it may be called, its name in GeoNames, and the postal codes
/// nearest to the middle of all of them.
const CITIES: [(&str, &str, &str, &[&str]); 6] = [
    ("NC", "Winston-Salem", "Winston-Salem", &["27127", "27111", "27113"]),
    ("ID", "COEUR DALENE", "Coeur d'Alene", &["83814", "83816", "83815"]),
    ("NJ", "Jersey City", "Jersey City", &["07306", "07311", "07399"]),
    ("CA", "corte madera", "Corte Madera", &["94976", "94925"]),
    ("AK", "Ketchikan", "Ketchikan", &["99901", "99950"]),
    ("MO", "St Louis", "Saint Louis", &["63112", "63139", "63108"]),
];

#[test]
fn cities_have_their_names_and_their_postal_codes() {
    let known = Known::open().expect("the tables are whole");
    for (state, called, name, codes) in CITIES {
        let city = known.postal().city(state, called).expect("a city");
        assert_eq!(city.name, name);
        let mut found = vec![city.postal_code];
        found.extend(city.alternates);
        found.sort_unstable();
        let mut codes: Vec<&str> = codes.to_vec();
        codes.sort_unstable();
        assert_eq!(found, codes, "{name}");
    }
    assert!(known.postal().city("CA", "Winston-Salem").is_none());
}
