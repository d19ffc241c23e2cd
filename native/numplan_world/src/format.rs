//! Writes numbers.

mod dialling;
mod template;

use crate::layout::{NONE, format, region};
use crate::lookup::Lookup;
use crate::phone_number::PhoneNumber;
use crate::world::World;
use template::{Template, push_short};

/// What stands before an extension where a region has no words of its own.
const EXTENSION: &str = " ext. ";

/// Room for most numbers in any form.
const ROOM: usize = 48;

/// A way to write a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `+` and digits, without an extension.
    E164,
    /// With the calling code, in groups.
    International,
    /// As it is dialled in its country, in groups.
    National,
    /// A `tel:` URI, in groups.
    Rfc3966,
}

impl World<'_> {
    /// A number in some form, with its extension. A number without a calling code is its digits.
    ///
    /// ```
    /// use numplan_world::{Form, World};
    ///
    /// let world = World::builtin()?;
    /// let number = world.parse("+1 415 886 7900", None)?;
    /// assert_eq!(world.format(&number, Form::National), "(415) 886-7900");
    /// assert_eq!(world.format(&number, Form::Rfc3966), "tel:+1-415-886-7900");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn format(&self, number: &PhoneNumber, form: Form) -> String {
        match number.lookup(self) {
            Some(lookup) => lookup.written(form, number.extension()),
            None if form == Form::E164 => number.to_string(),
            None => number.national().as_str().to_owned(),
        }
    }

    /// A number as it is dialled in its country, by a carrier.
    #[must_use]
    pub fn format_with_carrier(&self, number: &PhoneNumber, carrier: &str) -> String {
        let Some(lookup) = number.lookup(self) else {
            return number.national().as_str().to_owned();
        };
        let mut out = Vec::with_capacity(ROOM);
        lookup.push_national(Form::National, carrier, &mut out);
        lookup.push_extension(Form::National, number.extension(), &mut out);
        text(out)
    }
}

impl Lookup<'_> {
    /// The number in some form.
    #[must_use]
    pub fn format(self, form: Form) -> String {
        self.written(form, "")
    }

    fn written(self, form: Form, extension: &str) -> String {
        let mut out = Vec::with_capacity(ROOM);
        self.push(form, extension, &mut out);
        text(out)
    }

    /// Appends the number in some form, as UTF-8.
    pub fn push(self, form: Form, extension: &str, out: &mut Vec<u8>) {
        match form {
            Form::E164 => {
                out.push(b'+');
                push_short(out, self.calling_code().digits().as_bytes());
                push_short(out, self.national().digits());
                return;
            }
            Form::International => out.push(b'+'),
            Form::Rfc3966 => out.extend_from_slice(b"tel:+"),
            Form::National => {}
        }
        if form != Form::National {
            push_short(out, self.calling_code().digits().as_bytes());
            out.push(if form == Form::Rfc3966 { b'-' } else { b' ' });
        }
        self.push_national(form, "", out);
        self.push_extension(form, extension, out);
    }

    /// Appends the digits behind the calling code in their groups.
    fn push_national(self, form: Form, carrier: &str, out: &mut Vec<u8>) {
        let (national, international) = self.formats();
        let row = if form == Form::National {
            national
        } else {
            international
        };
        let Some(row) = self.calling_code().data.formats.get(usize::from(row)) else {
            return push_short(out, self.national().digits());
        };
        let field = if form == Form::National {
            format::NATIONAL
        } else {
            format::INTERNATIONAL
        };
        let with_carrier = crate::data::number(row, format::CARRIER);
        let template = if form == Form::National && !carrier.is_empty() && with_carrier != NONE {
            with_carrier
        } else {
            crate::data::number(row, field)
        };
        let text = self.calling_code().data.text(template).unwrap_or_default();
        let template = Template {
            text,
            row,
            digits: self.national().digits(),
            carrier,
        };
        if form == Form::Rfc3966 {
            template.push_dashed(out)
        } else {
            template.push(out)
        }
    }

    fn push_extension(self, form: Form, extension: &str, out: &mut Vec<u8>) {
        if extension.is_empty() {
            return;
        }
        let words = match form {
            Form::Rfc3966 => ";ext=",
            _ => self
                .calling_code()
                .main_region()
                .and_then(|main| main.text(region::EXTENSION_PREFIX))
                .unwrap_or(EXTENSION),
        };
        out.extend_from_slice(words.as_bytes());
        out.extend_from_slice(extension.as_bytes());
    }
}

/// What was written: templates are ASCII, and all else is text.
fn text(written: Vec<u8>) -> String {
    String::from_utf8(written).unwrap_or_default()
}
