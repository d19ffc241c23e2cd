//! Look-ups of numbers in international form as they come: most are in E.164 form already.

use crate::lookup::Lookup;
use crate::parse::national_prefix;
use crate::world::World;

impl World<'_> {
    /// What is known of the number that `parse` reads in a text, which must be in international
    /// form; `None` where that is not a number.
    ///
    /// Nothing is allocated for a number in E.164 form. A text in another form is read first, and
    /// so is a number with a national prefix behind its calling code.
    ///
    /// ```
    /// use numplan_world::World;
    ///
    /// let world = World::builtin()?;
    /// let number = world.identify(b"+44 (0)20 7946 0000").ok_or("not a number")?;
    /// assert_eq!(number.national().as_str(), "2079460000");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn identify(&self, text: &[u8]) -> Option<Lookup<'_>> {
        self.identify_e164(text).or_else(|| self.read_and_look_up(text))
    }

    /// As `identify`, for a number in E.164 form that `parse` reads as it is; `None` for all other
    /// texts, which may be numbers too. Nothing is allocated.
    #[must_use]
    #[inline]
    pub fn identify_e164(&self, text: &[u8]) -> Option<Lookup<'_>> {
        self.lookup(text).filter(|found| !has_national_prefix(*found))
    }

    #[cold]
    fn read_and_look_up(&self, text: &[u8]) -> Option<Lookup<'_>> {
        let text = std::str::from_utf8(text).ok()?;
        self.parse(text, None).ok()?.lookup(self)
    }
}

/// Whether `parse` would read other digits than these.
#[inline]
fn has_national_prefix(number: Lookup<'_>) -> bool {
    let digits = number.national().digits();
    let main = number.calling_code().main_region();
    let stripped = main.and_then(|main| national_prefix::strip(main, digits));
    stripped.is_some_and(|stripped| stripped.digits.as_bytes() != digits)
}
