//! Atomic groups that PCRE ignores when it makes a repetition possessive.
//!
//! PCRE makes `x*` possessive where what follows it cannot begin with an `x`, and so saves itself
//! backtracking. Where an atomic group follows that may match nothing, it looks into the group and
//! not behind it: `[01]+(a)?+1` never matches `11`, though the `1` that must follow could be given
//! back. A pattern in which such a group may follow a repetition is left to `re`.

/// Why a pattern is left to `re`.
const WHAT: &str = "an atomic group that may match nothing, behind a repetition";

/// What stands before a position of the pattern, as far as this fault depends on it.
#[derive(Clone, Copy, Default)]
pub(super) struct Possession {
    /// A repetition may end here.
    behind_repetition: bool,
    /// How many atomic groups that may match nothing were read.
    empty_groups: usize,
}

/// A part with a quantifier.
pub(super) struct Repeated {
    /// It is in brackets.
    pub(super) is_group: bool,
    pub(super) is_possessive: bool,
    pub(super) min: u32,
    pub(super) max: Option<u32>,
    /// It may match nothing.
    pub(super) is_nullable: bool,
}

impl Possession {
    /// A byte was read.
    pub(super) fn consumed(&mut self) {
        self.behind_repetition = false;
    }

    /// Begins another branch of a group, with `before` as what stands before the group. Returns
    /// what stands behind the branch that ends here, for [`Possession::join`].
    pub(super) fn other_branch(&mut self, before: Possession) -> Possession {
        let behind = *self;
        self.behind_repetition = before.behind_repetition;
        behind
    }

    /// Adds what stands behind another branch of the same group.
    pub(super) fn join(&mut self, branch: Possession) {
        self.behind_repetition |= branch.behind_repetition;
    }

    /// Begins the inside of look-around. Returns what stands outside, which holds again behind it:
    /// PCRE does not look into look-around when it makes a repetition possessive.
    pub(super) fn enter_look_around(&mut self) -> Possession {
        let outside = *self;
        self.behind_repetition = false;
        outside
    }

    /// An atomic group was read; `before` is what stands before it.
    pub(super) fn atomic(&mut self, before: Possession, is_nullable: bool) -> Result<(), &'static str> {
        self.behind_repetition = false;
        if !is_nullable {
            return Ok(());
        }
        self.empty_groups += 1;
        if before.behind_repetition { Err(WHAT) } else { Ok(()) }
    }

    /// A part was read with its quantifier; `before` is what stands before it.
    pub(super) fn repeated(&mut self, before: Possession, part: &Repeated) -> Result<(), &'static str> {
        let is_nullable = part.min == 0 || part.is_nullable;
        let may_follow_itself = part.max.is_none_or(|max| max > 1);
        if may_follow_itself && self.behind_repetition && self.empty_groups > before.empty_groups {
            return Err(WHAT);
        }
        if !part.is_possessive {
            self.behind_repetition |= part.max != Some(part.min) || (is_nullable && before.behind_repetition);
            return Ok(());
        }
        // PCRE has instructions of its own for `(x)*+` and `(x)++`; other groups are atomic ones.
        if part.is_group && (part.max.is_some() || part.min > 1) {
            return self.atomic(before, is_nullable);
        }
        self.behind_repetition = is_nullable && before.behind_repetition;
        Ok(())
    }
}
