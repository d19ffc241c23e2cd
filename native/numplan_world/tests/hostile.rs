//! Texts that nobody dials: no panic, and every answer in bounded time.
//!
//! `FUZZ=100000000 cargo test --release -p numplan_world --test hostile -- --nocapture pieces` asks as
//! many texts, and prints how long the slowest took.
#![expect(clippy::expect_used, reason = "a test ends so")]

mod chance;

use chance::Chance;
use numplan_world::{Form, Lookup, NumberType, ParseError, World};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn world() -> &'static World<'static> {
    World::builtin().expect("the data is whole")
}

/// Asks all that can be asked of a text.
fn ask(text: &str, region: &str) {
    let world = world();
    let _ = world
        .lookup(text.as_bytes())
        .map(|number| number.format(Form::International));
    let _ = (
        world.is_emergency(text, region),
        world.connects_to_emergency(text, region),
    );
    let _ = (
        world.is_number_match(text, "+1 415 886 7900"),
        world.is_number_match("4158867900", text),
    );
    identify(text);
    let Ok(number) = world.parse(text, Some(region)) else {
        return;
    };
    for form in [Form::E164, Form::International, Form::National, Form::Rfc3966] {
        assert!(!world.format(&number, form).is_empty());
    }
    let e164 = number.to_string();
    assert_eq!(
        world.lookup(e164.as_bytes()).map(|lookup| lookup.format(Form::E164)),
        Some(e164)
    );
    let _ = (
        world.format_out_of_country(&number, Some(region)),
        world.format_for_mobile_dialling(&number, region, true),
    );
    let short = world.short_number(&number);
    let _ = (
        short.cost(),
        short.is_valid(),
        short.is_possible(),
        short.cost_in(region),
    );
}

/// What texts are made of: all that the readers of texts distinguish.
const PIECES: [&str; 64] = [
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "00",
    "011",
    "15",
    "39",
    "44",
    "54",
    "55",
    "81",
    "800",
    "979",
    "2079460000",
    "4158867900",
    "9123456789",
    "+",
    "\u{ff0b}",
    " ",
    "-",
    "(",
    ")",
    ".",
    "/",
    "x",
    "X",
    "\u{ff58}",
    " ext. ",
    "extensio\u{301}n",
    "\u{ff49}\u{ff4e}\u{ff54}",
    "anexo",
    "\u{434}\u{43e}\u{431}",
    "#",
    "~",
    ",",
    ",,",
    ";",
    ";ext=",
    ";isub=",
    ";phone-context=",
    "tel:",
    "example.com",
    "\t",
    "\n",
    "\u{a0}",
    "\u{2060}",
    "\u{200b}",
    "\u{ad}",
    "\u{30fc}",
    "*",
    "_",
    "abc",
    "FLOWERS",
    "\u{667}",
    "\u{ff17}",
    "\u{1d7d8}",
    "\u{b2}",
];

impl Chance {
    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of.get(self.below(of.len())).copied().expect("a place within the list")
    }

    /// A text of pieces; one in a hundred has some hundred of them.
    fn text(&mut self, text: &mut String) {
        text.clear();
        let most = if self.below(100) == 0 { 200 } else { 16 };
        for _ in 0..self.below(most) {
            text.push_str(self.one(&PIECES));
        }
    }
}

/// How long a text takes; of several times the shortest where it is long, as others use the machine.
fn duration(text: &str, region: &str, slowest: Duration) -> Duration {
    let once = || {
        let start = Instant::now();
        ask(text, region);
        start.elapsed()
    };
    match once() {
        long if long > slowest => (0..9).map(|_| once()).fold(long, Duration::min),
        short => short,
    }
}

#[test]
fn texts_of_all_pieces_are_answered() {
    let count = std::env::var("FUZZ")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(2_000_u64);
    let mut regions: Vec<&str> = world().regions().map(|region| region.name()).collect();
    regions.extend(["", "ZZ", "001"]);
    let (mut chance, mut text, mut slowest) = (Chance::new(), String::new(), Duration::ZERO);
    for _ in 0..count {
        chance.text(&mut text);
        let region = chance.one(&regions);
        slowest = slowest.max(duration(&text, region, slowest));
    }
    println!("{count} texts, the slowest took {slowest:?}");
}

/// The short way to a look-up ends where the long one does.
fn identify(text: &str) {
    let found = |number: Lookup<'_>| (number.format(Form::E164), number.region().map(|region| region.place()));
    let number = world().parse(text, None).ok();
    let read = number.and_then(|number| number.lookup(world()));
    assert_eq!(world().identify(text.as_bytes()).map(found), read.map(found), "{text}");
}

proptest! {
    #[test]
    fn a_number_in_e164_form_is_identified_as_it_is_read(digits in "[1-9][0-9]{0,19}", code in "39|44|1|54|52|55|7|81|82|972|800|") {
        identify(&format!("+{code}{digits}"));
        identify(&format!("+{code}0{digits}"));
    }

    #[test]
    fn any_text_is_answered(text in ".{0,260}", region in "[A-Z]{2}|") {
        ask(&text, &region);
    }

    #[test]
    fn any_number_is_answered(text in "[+＋]{0,2}[0-9٠-٩ ().x;,#*=a-z~/-]{0,260}", region in "US|AR|BR|JP|GB|MX|IT|KR|GA|AG|ZZ") {
        ask(&text, &region);
    }

    #[test]
    fn any_bytes_are_no_number_or_one(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let _ = world().lookup(&bytes).map(|number| (number.region(), number.possible_for(NumberType::Mobile)));
    }

    /// What libphonenumber writes it reads again as the same number.
    #[test]
    fn what_is_written_is_read(digits in "[1-9][0-9]{5,14}") {
        let Ok(number) = world().parse(&format!("+{digits}"), None) else { return Ok(()) };
        if !number.lookup(world()).is_some_and(|lookup| lookup.is_valid()) {
            return Ok(());
        }
        for form in [Form::E164, Form::International, Form::Rfc3966] {
            let again = world().parse(&world().format(&number, form), None);
            prop_assert_eq!(again.map(|again| again.to_string()), Ok(number.to_string()));
        }
    }
}

#[test]
fn long_texts_are_refused_at_once() {
    let digits = "1".repeat(1 << 20);
    assert_eq!(world().parse(&digits, Some("US")), Err(ParseError::TooLong));
    assert_eq!(world().parse(&"ｘ".repeat(251), Some("US")), Err(ParseError::TooLong));
    assert!(
        world()
            .parse(&format!("+1 650 253 0000{}", " ".repeat(235)), None)
            .is_ok()
    );
    assert!(!world().is_emergency(&digits, "US"));
    assert!(world().connects_to_emergency(&format!("911{digits}"), "US"));
}
