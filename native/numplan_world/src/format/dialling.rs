//! Numbers as they are dialled from some region.

use super::template::push_short;
use super::{Form, ROOM, text};
use crate::layout::region;
use crate::lookup::Lookup;
use crate::number_type::NumberType;
use crate::phone_number::PhoneNumber;
use crate::possible::Possible;
use crate::region::Region;
use crate::world::World;

/// North America's calling code, which 25 regions share.
const NORTH_AMERICA: u16 = 1;

impl World<'_> {
    /// A number as it is dialled from a region: in national form within its country, with `1`
    /// before it within North America, and else with the region's international prefix, if it has
    /// one or prefers one. Without a region it is in international form.
    ///
    /// ```
    /// use numplan_world::World;
    ///
    /// let world = World::builtin()?;
    /// let number = world.parse("+44 20 7946 0000", None)?;
    /// assert_eq!(world.format_out_of_country(&number, Some("US")), "011 44 20 7946 0000");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn format_out_of_country(&self, number: &PhoneNumber, from: Option<&str>) -> String {
        let Some(from) = from.and_then(|from| self.region(from)) else {
            return self.format(number, Form::International);
        };
        let Some(lookup) = number.lookup(self) else {
            return number.national().as_str().to_owned();
        };
        let is_same_code = from.calling_code() == number.calling_code();
        if is_same_code {
            let national = self.format(number, Form::National);
            return if number.calling_code() == NORTH_AMERICA {
                format!("1 {national}")
            } else {
                national
            };
        }
        let mut out = Vec::with_capacity(ROOM);
        match from.text(region::DIAL_ABROAD) {
            Some(prefix) => {
                out.extend_from_slice(prefix.as_bytes());
                out.push(b' ');
            }
            None => out.push(b'+'),
        }
        push_short(&mut out, lookup.calling_code().digits().as_bytes());
        out.push(b' ');
        lookup.push_national(Form::International, "", &mut out);
        lookup.push_extension(Form::International, number.extension(), &mut out);
        text(out)
    }

    /// A number as a mobile telephone in a region dials it, with or without punctuation; empty
    /// where it cannot be dialled there, or where it is not known how. An extension is left out.
    #[must_use]
    pub fn format_for_mobile_dialling(&self, number: &PhoneNumber, from: &str, punctuated: bool) -> String {
        let Some(lookup) = number.lookup(self) else {
            return String::new();
        };
        let Some(main) = lookup.calling_code().main_region() else {
            return String::new();
        };
        let dialled = if main.name() == from {
            dialled_at_home(lookup, main, number.carrier_code())
        } else if lookup.is_valid() && lookup.is_diallable_from_abroad() {
            return lookup.format(if punctuated { Form::International } else { Form::E164 });
        } else {
            return String::new();
        };
        if punctuated {
            return dialled;
        }
        dialled
            .chars()
            .filter(|letter| matches!(letter, '0'..='9' | '+' | '*' | '#'))
            .collect()
    }
}

fn dialled_at_home(lookup: Lookup<'_>, main: Region<'_>, carrier: &str) -> String {
    use NumberType::{FixedLine, FixedLineOrMobile, Mobile};
    let is_common = matches!(lookup.number_type(), FixedLine | Mobile | FixedLineOrMobile);
    let is_diallable = lookup.is_diallable_from_abroad();
    // The international form works everywhere in these regions, and the national one does not.
    let is_international = match main.name() {
        // In Brazil a carrier must be chosen.
        "BR" if is_common => {
            let mut out = Vec::new();
            if !carrier.is_empty() {
                lookup.push_national(Form::National, carrier, &mut out);
            }
            return text(out);
        }
        "001" => is_diallable,
        "MX" | "CL" | "UZ" => is_common && is_diallable,
        _ if lookup.calling_code().number() == NORTH_AMERICA => is_diallable && lookup.possible() != Possible::TooShort,
        _ => false,
    };
    lookup.format(if is_international {
        Form::International
    } else {
        Form::National
    })
}
