//! The checksums of pages of the database, and of frames of SQLite's write-ahead log.

/// The bytes at the end of each page that hold its checksum.
pub(crate) const LENGTH: usize = 8;

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The checksum of a page's content. `number` is that of the page, so that one which was written to
/// another's place is found.
///
/// Each step is a bijection of what was read before and of the word: a change within eight bytes
/// is always found, any other but one in 2^64.
pub(crate) fn of_page(content: &[u8], number: u64) -> u64 {
    let (words, rest) = content.as_chunks::<8>();
    let mut tail = [0; 8];
    for (to, from) in tail.iter_mut().zip(rest) {
        *to = *from;
    }
    let start = number.wrapping_mul(MULTIPLIER) ^ 0x006e_756d_706c_616e;
    let sum = words.iter().chain([&tail]).fold(start, |sum, word| {
        (sum ^ u64::from_le_bytes(*word))
            .wrapping_mul(MULTIPLIER)
            .rotate_left(29)
    });
    sum ^ (sum >> 32)
}

/// The checksum of a frame of the log, by SQLite's file format (section 4.4): it continues that of
/// the frame before.
pub(crate) fn of_frame(before: (u32, u32), parts: [&[u8]; 2], big_endian: bool) -> (u32, u32) {
    let word = |bytes: [u8; 4]| {
        if big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    };
    let mut sum = before;
    for [a, b, c, d, e, f, g, h] in parts.into_iter().flat_map(|part| part.as_chunks::<8>().0) {
        sum.0 = sum.0.wrapping_add(word([*a, *b, *c, *d])).wrapping_add(sum.1);
        sum.1 = sum.1.wrapping_add(word([*e, *f, *g, *h])).wrapping_add(sum.0);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_changed_bit_of_a_page_changes_its_checksum() {
        let mut page: Vec<u8> = (0..4088_u32).map(|n| (n * 31 % 251) as u8).collect();
        let sum = of_page(&page, 7);
        for bit in 0..page.len() * 8 {
            page[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(of_page(&page, 7), sum, "bit {bit}");
            page[bit / 8] ^= 1 << (bit % 8);
        }
        assert_eq!(of_page(&page, 7), sum);
        assert_ne!(of_page(&page, 8), sum, "the same content in another page");
    }
}
