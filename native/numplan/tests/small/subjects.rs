//! All short texts of an alphabet.

/// All subjects of up to `length` bytes of `alphabet`, shorter ones first.
pub(crate) fn subjects(alphabet: &[u8], length: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..length {
        let to = all.len();
        for at in from..to {
            for byte in alphabet {
                all.push([all[at].as_slice(), &[*byte]].concat());
            }
        }
        from = to;
    }
    all
}
