//! Texts with a number in each line, and compact answers for all of them.
//!
//! A line ends at a newline or at the end of the text; a carriage return before the newline is not
//! part of the number. An empty text has no numbers, and a last newline starts none.

use crate::plan::Plan;
use crate::plan::clean;

/// The width of a class in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// Up to 255 classes.
    Bits8,
    /// Up to 65,535 classes.
    Bits16,
    /// More classes than that.
    Bits32,
}

impl Width {
    /// The width that the classes of `plan` need.
    pub fn of(plan: &Plan) -> Width {
        match plan.classes().len() {
            0..=0xFF => Width::Bits8,
            0x100..=0xFFFF => Width::Bits16,
            _ => Width::Bits32,
        }
    }

    /// The width in bits.
    pub fn bits(self) -> usize {
        match self {
            Width::Bits8 => 8,
            Width::Bits16 => 16,
            Width::Bits32 => 32,
        }
    }
}

/// The numbers of `text`, in order.
///
/// ```
/// let numbers: Vec<&[u8]> = numplan::bulk::lines::numbers(b"911\r\n4158867900\n\n").collect();
/// assert_eq!(numbers, [b"911".as_slice(), b"4158867900", b""]);
/// ```
pub fn numbers(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = split(rest);
        rest = after;
        Some(line)
    })
}

/// The first line, without its end, and the rest.
#[inline]
fn split(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, after) = match memchr::memchr(b'\n', text).and_then(|end| text.split_at_checked(end)) {
        Some((line, after)) => (line, after.get(1..).unwrap_or_default()),
        None => return (text, b""),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), after)
}

/// The ranks of the classes of all numbers in `text`, counted from one, big-endian in [`Width::of`]
/// the plan; 0 is no class. Cost: some ten nanoseconds a number.
///
/// ```
/// # use numplan::{Document, Dialect, Judge, Plan, Preset};
/// # let document = Document::read(&Preset::DEFAULT.text().parse()?)?;
/// # let plan = Plan::compile(&document, Judge::Reader(Dialect::Pcre))?;
/// let places = numplan::bulk::lines::classify(&plan, b"18005551234\n911\n");
/// let names: Vec<&[u8]> = places.iter().map(|place| plan.classes()[usize::from(*place) - 1].name()).collect();
/// assert_eq!(names, [b"tollfree_us".as_slice(), b"emergency"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn classify(plan: &Plan, text: &[u8]) -> Vec<u8> {
    let mut places = Vec::with_capacity(text.len() / 8);
    match Width::of(plan) {
        Width::Bits8 => each_class(plan, text, |place| places.push(place as u8)),
        Width::Bits16 => each_class(plan, text, |place| places.extend((place as u16).to_be_bytes())),
        Width::Bits32 => each_class(plan, text, |place| places.extend(place.to_be_bytes())),
    }
    places
}

#[inline]
fn each_class(plan: &Plan, text: &[u8], mut answer: impl FnMut(u32)) {
    match plan.one_pass() {
        Some(automaton) => {
            let mut rest = text;
            while !rest.is_empty() {
                let (state, after) = automaton.read_line(rest);
                answer(automaton.answer(state).map_or(0, |class| class + 1));
                rest = after;
            }
        }
        None => numbers(text).for_each(|number| answer(place(plan.classify(number)))),
    }
}

fn place(class: Option<usize>) -> u32 {
    class.map_or(0, |class| class as u32 + 1)
}

/// All numbers of `text` in E.164, each followed by a newline.
pub fn normalize(plan: &Plan, text: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(text.len() + text.len() / 4);
    for number in numbers(text) {
        plan.normalize_into(number, &mut lines);
        lines.push(b'\n');
    }
    lines
}

/// All numbers of `text`, cleaned by [`clean::clean`], each followed by a newline.
///
/// ```
/// assert_eq!(numplan::bulk::lines::clean(b"(415) 886-7900\r\n911"), b"4158867900\n911\n");
/// ```
pub fn clean(text: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(text.len() + 1);
    for number in numbers(text) {
        lines.extend_from_slice(&clean::clean(number));
        lines.push(b'\n');
    }
    lines
}
