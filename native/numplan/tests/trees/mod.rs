//! Random regexes of all constructs that run natively, as trees.

use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

#[derive(Clone, Debug)]
pub(crate) enum Tree {
    /// One byte of [`SETS`].
    Set(&'static str),
    /// A condition on the position, one of [`CONDITIONS`].
    Condition(&'static str),
    /// `\K`.
    Keep,
    Cat(Vec<Tree>),
    Either(Vec<Tree>),
    Capture(Box<Tree>),
    Atomic(Box<Tree>),
    Around {
        ahead: bool,
        negative: bool,
        body: Box<Tree>,
    },
    Repeat {
        body: Box<Tree>,
        min: usize,
        max: Option<usize>,
        greed: Greed,
    },
}

/// What matches one byte, with the weight of each.
const SETS: [(u32, &str); 7] = [
    (4, "0"),
    (4, "1"),
    (2, "\\+"),
    (2, "[01]"),
    (1, "\\d"),
    (1, "."),
    (1, "[^0]"),
];
const CONDITIONS: [&str; 5] = ["^", "$", "\\z", "\\b", "\\B"];

impl Tree {
    /// The regex.
    pub(crate) fn regex(&self) -> String {
        match self {
            Tree::Either(branches) => texts(branches).join("|"),
            tree => tree.text(),
        }
    }

    /// The regex, as a part of another one.
    fn text(&self) -> String {
        match self {
            Tree::Set(text) | Tree::Condition(text) => (*text).to_owned(),
            Tree::Keep => "\\K".to_owned(),
            Tree::Cat(parts) => texts(parts).concat(),
            Tree::Either(branches) => format!("(?:{})", texts(branches).join("|")),
            Tree::Capture(body) => format!("({})", body.regex()),
            Tree::Atomic(body) => format!("(?>{})", body.regex()),
            Tree::Around { ahead, negative, body } => {
                let direction = if *ahead { "" } else { "<" };
                format!("(?{direction}{}{})", if *negative { '!' } else { '=' }, body.regex())
            }
            Tree::Repeat { body, min, max, greed } => {
                let count = match (min, max) {
                    (0, None) => "*".to_owned(),
                    (1, None) => "+".to_owned(),
                    (0, Some(1)) => "?".to_owned(),
                    (min, None) => format!("{{{min},}}"),
                    (min, Some(max)) if min == max => format!("{{{min}}}"),
                    (min, Some(max)) => format!("{{{min},{max}}}"),
                };
                let greed = match greed {
                    Greed::Greedy => "",
                    Greed::Lazy => "?",
                    Greed::Possessive => "+",
                };
                format!("(?:{}){count}{greed}", body.regex())
            }
        }
    }
}

fn texts(trees: &[Tree]) -> Vec<String> {
    trees.iter().map(Tree::text).collect()
}

fn set() -> impl Strategy<Value = Tree> {
    let sets = SETS.map(|(weight, text)| (weight, Just(Tree::Set(text))));
    prop::strategy::Union::new_weighted(sets.to_vec())
}

/// Look-behind has branches of fixed width.
fn behind() -> impl Strategy<Value = Tree> {
    let branch = || prop::collection::vec(set(), 0..3).prop_map(Tree::Cat);
    let body =
        prop_oneof![3 => branch(), 1 => (branch(), branch()).prop_map(|(one, other)| Tree::Either(vec![one, other]))];
    (any::<bool>(), body).prop_map(|(negative, body)| Tree::Around {
        ahead: false,
        negative,
        body: Box::new(body),
    })
}

fn counts() -> impl Strategy<Value = (usize, Option<usize>)> {
    let counts = [
        (0, Some(1)),
        (0, None),
        (1, None),
        (2, Some(2)),
        (1, Some(2)),
        (0, Some(2)),
        (2, None),
    ];
    prop::sample::select(counts.to_vec())
}

fn greed() -> impl Strategy<Value = Greed> {
    prop::sample::select(vec![Greed::Greedy, Greed::Lazy, Greed::Possessive])
}

fn body() -> impl Strategy<Value = Tree> {
    let condition = prop::sample::select(CONDITIONS.to_vec()).prop_map(Tree::Condition);
    let atom = prop_oneof![12 => set(), 2 => condition, 2 => behind(), 1 => Just(Tree::Keep)];
    atom.prop_recursive(3, 12, 3, |inner| {
        let many = |inner: BoxedStrategy<Tree>, most| prop::collection::vec(inner, 1..most);
        let inner = inner.boxed();
        let ahead = (any::<bool>(), inner.clone()).prop_map(|(negative, body)| Tree::Around {
            ahead: true,
            negative,
            body: Box::new(body),
        });
        let repeat = (inner.clone(), counts(), greed()).prop_map(|(body, (min, max), greed)| Tree::Repeat {
            body: Box::new(body),
            min,
            max,
            greed,
        });
        prop_oneof![
            4 => many(inner.clone(), 4).prop_map(Tree::Cat),
            1 => many(inner.clone(), 3).prop_map(Tree::Either),
            2 => inner.clone().prop_map(|body| Tree::Capture(Box::new(body))),
            1 => inner.prop_map(|body| Tree::Atomic(Box::new(body))),
            2 => ahead,
            2 => repeat,
        ]
    })
}

/// A whole regex, mostly anchored.
pub(crate) fn tree() -> impl Strategy<Value = Tree> {
    let anchor = |texts: &[&'static str]| {
        prop::sample::select(texts.to_vec()).prop_map(|text| match text {
            "" => Tree::Cat(Vec::new()),
            text => Tree::Condition(text),
        })
    };
    let branch = || {
        let (front, end) = (anchor(&["^", "^", "^", ""]), anchor(&["$", "$", "\\z", ""]));
        (front, body(), body(), end).prop_map(|(front, one, other, end)| Tree::Cat(vec![front, one, other, end]))
    };
    prop_oneof![4 => branch(), 1 => (branch(), branch()).prop_map(|(one, other)| Tree::Either(vec![one, other]))]
}
