use super::{Fault, What, read};
use crate::prefix::list::NoPrefix;

fn faults(text: &[u8]) -> Vec<(usize, String)> {
    let faults = read(text).err().unwrap_or_default();
    faults
        .into_iter()
        .map(|Fault { line, what }| (line, what.to_string()))
        .collect()
}

fn prefixes(text: &[u8]) -> Option<String> {
    read(text).ok().map(|list| format!("{:?}", list.prefixes()))
}

#[test]
fn reads_the_first_column() {
    let expected = Some("[+1900, +4490]".to_owned());
    for text in [
        "1900\n4490",
        "+4490\n+1900\n",
        "1900\r\n4490\r\n",
        "Prefix;Note\n\"+1900\";\"a; \"\"b\"\"\"\n 4490 ;x\n",
        "# fraud \" list\n\n  # more\n1900\tx\n4490|y,z\n",
        "préfixe 1\n1900,\n4490,,\n",
        "\"prefix\",note\n1900,x\n4490,y\n",
        "E164\n1900\n4490\n",
    ] {
        assert_eq!(prefixes(text.as_bytes()), expected, "{text:?}");
    }
}

#[test]
fn refuses_what_it_cannot_read_by_line() {
    let not_digits = NoPrefix::NotADigit(0).to_string();
    let quotes = What::Quotes.to_string();
    assert_eq!(
        faults(b"1900\n19-00,x\n44\n4x\n"),
        [(2, not_digits.clone()), (4, not_digits.clone())]
    );
    // Only the first row may be a header.
    assert_eq!(faults(b"1900\nprefix\n"), [(2, not_digits.clone())]);
    // A sign is no letter: -1900 is a mistake, not a header.
    assert_eq!(faults(b"-1900\n44\n"), [(1, not_digits.clone())]);
    // Nor is a typing error.
    for first in ["l900", "O1900,x", "\"l900\"", "x1"] {
        assert_eq!(faults(format!("{first}\n44\n").as_bytes()), [(1, not_digits.clone())]);
    }
    assert_eq!(faults(b"prefix\nname\n44\n"), [(2, not_digits)]);
    // Read line by line, the second half of this cell would be a prefix.
    assert_eq!(
        faults(b"1900,\"a\n44\nb\"\n"),
        [(1, quotes.clone()), (3, quotes.clone())]
    );
    assert_eq!(faults(b"\"1900\"x,1\n"), [(1, quotes)]);
    assert_eq!(faults(b"12\n,x\n"), [(2, NoPrefix::Empty.to_string())]);
    assert_eq!(faults(b"+1234567890123456"), [(1, NoPrefix::TooLong.to_string())]);
    for nothing in [b"".as_slice(), b"prefix,note\n", b"# none\n"] {
        assert_eq!(faults(nothing), [(1, What::NoRows.to_string())]);
    }
}

#[test]
fn lists_the_first_faults_alone() {
    let all = faults("x1\n".repeat(100).as_bytes());
    assert_eq!(all.len(), 21);
    assert_eq!(all.last(), Some(&(21, What::More.to_string())));
}
