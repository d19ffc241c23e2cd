//! Tests of the work that is counted.

use super::*;
use crate::proof::alphabet::{Alphabet, Classes};
use crate::proof::pipeline::Plus;
use crate::proof::search::Limits;
use std::rc::Rc;

#[test]
fn reading_counts_the_guesses_and_what_each_byte_makes_of_them() -> Result<(), Bound> {
    let limits = Limits {
        moves: 100,
        ..Limits::default()
    };
    let left = |allowance: &Allowance| (0..).take_while(|_| allowance.work(1).is_ok()).count();
    let all = left(&Allowance::new(&limits));
    let allowance = Allowance::new(&limits);
    let classes = Rc::new(Classes::new(&Alphabet::default(), []));
    let machine = || Pipeline::new(std::iter::empty(), Plus::Ordinary, &classes, &allowance);
    let roots = Roots {
        machines: [machine(), machine()],
        allowance: allowance.clone(),
    };
    let before = [Divergence::START, Divergence::START, Divergence::Different];
    roots.read(&before, Side::One, b"12")?;
    // Three guesses are read, and two bytes look at up to five each.
    assert_eq!(all - left(&allowance), 3 + 2 * 5);
    Ok(())
}
