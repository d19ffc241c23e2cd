//! Tests of which cells count as damaged.

use super::*;

#[test]
fn a_cell_is_damaged_by_its_form() {
    let cells: [(&[&str], Option<Damage>); 6] = [
        (
            &["4E+9", "4.15887E+09", "4,15887e-120", "+4E+09", "-4.1E+09", "1.0e+1"],
            Some(Damage::Scientific),
        ),
        (&["4158867900.0", "1234567,0", "+4158867900.0"], Some(Damage::Fraction)),
        (&["'4158867900", "'+1", "'0"], Some(Damage::Apostrophe)),
        (&["=\"4158867900\"", "=+1", "=4"], Some(Damage::Formula)),
        (&["#N/A", "#NAME?", "#VALUE!", "#DIV/0!"], Some(Damage::ErrorValue)),
        (
            &[
                "",
                "911",
                "+14158867900",
                "415.886.7900",
                "44E+09",
                "4.E+09",
                "E+09",
                "4E+1234",
                "4E09",
                "x.1E+09",
                "4.xE+09",
                "123456.0",
                "415x867900.0",
                "'x",
                "=SUM",
                "#31#",
                "#N/A1",
                "4158867900.1",
            ],
            None,
        ),
    ];
    for (cells, expected) in cells {
        for cell in cells {
            assert_eq!(damage(cell.as_bytes()), expected, "{cell}");
        }
    }
}
