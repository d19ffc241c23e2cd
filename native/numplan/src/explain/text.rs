//! The text of an explanation. All interfaces show this one.

use super::{Change, Classified, Explanation, Layout, Mask, Rewriting, Step, Tried, Unclean};
use crate::config::document::Summary;
use crate::plan::pretty::Does;
use crate::plan::rule::Runs;
use std::fmt::{self, Write};

/// The most rules of a list that are shown: of those that match, and of those that do not.
const MAX_LISTED: usize = 50;
/// The most steps of a pretty print that are shown.
const MAX_STEPS: usize = 100;
/// The most bytes of a number or a regex that are shown.
const MAX_BYTES: usize = 400;
/// The most classes that a sentence names.
const MAX_NAMED: usize = 5;

impl Explanation {
    /// The decision in words, in lines that each end in a newline. All bytes are printable,
    /// whatever the number and the rules contain; long lists and texts are cut, and marked as cut.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, to: &mut String) -> fmt::Result {
        writeln!(to, "{}", quoted(&self.number))?;
        if let Some(unclean) = &self.unclean {
            writeln!(to, "{}", unclean.hint())?;
        }
        match (&self.dial_plan, &self.converters) {
            (Some(dial_plan), Some(converters)) => {
                rewriting(to, "It does not start with +, so the dial plan is tried", dial_plan)?;
                rewriting(to, "Then the converters are tried", converters)?;
            }
            (None, Some(converters)) => {
                rewriting(to, "It does not start with +, so the converters are tried", converters)?;
            }
            (_, None) => writeln!(to, "It starts with +, so it is taken as it is.")?,
        }
        self.class(to)?;
        self.reconcilable(to)?;
        layout(to, &self.layout, self.class_name())
    }

    pub(super) fn class_name(&self) -> Option<&[u8]> {
        let class = self.class.and_then(|class| self.classifiers.get(class));
        class.map(|class| class.name.as_slice())
    }

    fn class(&self, to: &mut String) -> fmt::Result {
        if self.classifiers.is_empty() {
            return writeln!(to, "There are no classifiers, so it has no class.");
        }
        writeln!(
            to,
            "The classifiers are tried, in order; the first that matches {} names the class:",
            quoted(&self.e164)
        )?;
        let widths = self.classifiers.iter().map(|class| shown(&class.name).chars().count());
        let width = widths.max().unwrap_or(0).min(24);
        let mut list = List::default();
        for (place, class) in self.classifiers.iter().enumerate() {
            let mark = match class.rule.matches {
                false => "no",
                true if self.class == Some(place) => "yes",
                true => "(yes)",
            };
            let name = shown(&class.name);
            list.line(to, class.rule.matches, mark, |to| {
                write!(to, "{name:width$}  ")?;
                regex(to, &class.rule)
            })?;
        }
        list.end(to)?;
        let Some(name) = self.class_name() else {
            return writeln!(to, "None matches: it has no class.");
        };
        writeln!(to, "The class is {}, the first that matches.", shown(name))?;
        let later: Vec<&Classified> = self
            .classifiers
            .iter()
            .skip(self.class.map_or(0, |class| class + 1))
            .filter(|class| class.rule.matches)
            .collect();
        match later.as_slice() {
            [] => Ok(()),
            [one] => writeln!(
                to,
                "{} matches too and stands later: the order decides.",
                shown(&one.name)
            ),
            many => {
                let named: Vec<String> = many.iter().take(MAX_NAMED).map(|class| shown(&class.name)).collect();
                let more = many.len().saturating_sub(MAX_NAMED);
                let more = if more == 0 {
                    String::new()
                } else {
                    format!(" and {more} more")
                };
                writeln!(
                    to,
                    "{}{more} match too and stand later: the order decides.",
                    named.join(", ")
                )
            }
        }
    }

    fn reconcilable(&self, to: &mut String) -> fmt::Result {
        let answer = if self.reconcile.matches {
            "It is reconcilable: the reconcile regex matches"
        } else {
            "It is not reconcilable: the reconcile regex does not match"
        };
        writeln!(to, "{answer} {}:", quoted(&self.e164))?;
        let mark = if self.reconcile.matches { "yes" } else { "no" };
        item(to, mark, |to| regex(to, &self.reconcile))
    }
}

impl Unclean {
    /// Two sentences: what the number contains, and its class without that.
    pub fn hint(&self) -> String {
        format!(
            "It contains {}, which no rule removes. Cleaned (option clean) it is {}, of {}.",
            self.holds(),
            shown(&self.cleaned),
            self.class_then()
        )
    }

    /// What it contains, as a list in words.
    pub fn holds(&self) -> String {
        let names: Vec<&str> = self.kinds.iter().map(|kind| kind.name()).collect();
        match names.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        }
    }

    fn class_then(&self) -> String {
        self.class
            .as_ref()
            .map_or_else(|| "no class".to_owned(), |class| format!("class {}", shown(class)))
    }
}

fn rewriting(to: &mut String, tried: &str, rewriting: &Rewriting) -> fmt::Result {
    if rewriting.tried.is_empty() {
        return writeln!(to, "{tried}, but there is no rule: it stays as it is.");
    }
    writeln!(
        to,
        "{tried}; the first rule that matches {} decides:",
        quoted(&rewriting.number)
    )?;
    let mut list = List::default();
    for rule in &rewriting.tried {
        let mark = if rule.matches { "yes" } else { "no" };
        list.line(to, rule.matches, mark, |to| regex(to, rule))?;
    }
    list.end(to)?;
    match (&rewriting.change, rewriting.tried.last()) {
        (Some(change), Some(rule)) => changed(to, rule, change, &rewriting.result),
        _ => writeln!(to, "None matches: it stays as it is."),
    }
}

fn changed(to: &mut String, rule: &Tried, change: &Change, result: &[u8]) -> fmt::Result {
    writeln!(to, "That rule is {}.", shown(rule.path.to_string().as_bytes()))?;
    let root = quoted(&change.root);
    match change.group {
        0 => writeln!(
            to,
            "No group took part in the match, so all that matched is the root: {root}."
        )?,
        group => writeln!(
            to,
            "Group {group}, the last that took part in the match, is the root: {root}."
        )?,
    }
    match (change.prefix.as_slice(), change.suffix.as_slice()) {
        ([], []) => write!(to, "Nothing is added")?,
        (prefix, []) => write!(to, "{} goes before it", quoted(prefix))?,
        ([], suffix) => write!(to, "{} goes behind it", quoted(suffix))?,
        (prefix, suffix) => write!(to, "{} goes before it and {} behind it", quoted(prefix), quoted(suffix))?,
    }
    writeln!(to, ": {}.", quoted(result))
}

fn layout(to: &mut String, layout: &Layout, class: Option<&[u8]>) -> fmt::Result {
    let no_mask = class.map_or("Without a class there is no mask of its own".to_owned(), |class| {
        format!("The class {} has no mask", shown(class))
    });
    let mask = quoted(&layout.mask);
    match layout.from {
        Mask::Class => writeln!(to, "It is laid out by the mask of its class, {mask}:")?,
        Mask::Nanp => writeln!(to, "{no_mask}; but for +1 there is one, {mask}:")?,
        Mask::None => {
            let printed = quoted(&layout.printed);
            return writeln!(
                to,
                "{no_mask}, and it does not start with +1: it is printed as dialled, {printed}."
            );
        }
    }
    for step in layout.steps.iter().take(MAX_STEPS) {
        item(to, &quoted(&step.symbol), |to| does(to, step))?;
    }
    let more = layout.steps.len().saturating_sub(MAX_STEPS) + layout.more_steps;
    if more > 0 {
        item(to, "...", |to| write!(to, "{more} more symbols, which are not shown"))?;
    }
    if !layout.dropped.is_empty() {
        writeln!(
            to,
            "The mask ends here: {} is left over and dropped.",
            quoted(&layout.dropped)
        )?;
    }
    writeln!(to, "It is printed as {}.", quoted(&layout.printed))
}

fn does(to: &mut String, step: &Step) -> fmt::Result {
    let exhausted = step.takes.is_empty();
    match step.does {
        Does::Literal => write!(to, "literal {}", quoted(&step.prints)),
        _ if exhausted => write!(to, "nothing is left of the number"),
        Does::Skip => write!(to, "skips {}", quoted(&step.takes)),
        Does::Emit => write!(to, "prints {}", quoted(&step.prints)),
        Does::Rest => write!(to, "prints all that is left, {}", quoted(&step.prints)),
    }
}

fn regex(to: &mut String, rule: &Tried) -> fmt::Result {
    match &rule.set {
        None => {}
        Some(Summary::World(selection)) => return write!(to, "{selection}"),
        Some(Summary::Prefixes(count)) => {
            let noun = if *count == 1 { "prefix" } else { "prefixes" };
            write!(to, "a list of {count} {noun}")?;
            return match rule.regex.strip_prefix(b"^\\") {
                None => Ok(()),
                Some(prefix) => write!(to, ", among them {}", shown(prefix)),
            };
        }
    }
    let blank_at_an_end = rule.regex.first() == Some(&b' ') || rule.regex.last() == Some(&b' ');
    if rule.regex.is_empty() || blank_at_an_end {
        write!(to, "\"{}\"", shown(&rule.regex))?;
    } else {
        write!(to, "{}", shown(&rule.regex))?;
    }
    match rule.runs {
        Runs::Native => Ok(()),
        Runs::Re(why) => write!(to, "  (run by OTP's re: {why})"),
    }
}

fn item(to: &mut String, mark: &str, rest: impl FnOnce(&mut String) -> fmt::Result) -> fmt::Result {
    write!(to, "  {mark:6}")?;
    rest(to)?;
    writeln!(to)
}

/// A list of rules, of which at most [`MAX_LISTED`] that match and as many that do not are shown.
#[derive(Default)]
struct List {
    matching: usize,
    others: usize,
}

impl List {
    fn line(
        &mut self,
        to: &mut String,
        matches: bool,
        mark: &str,
        rest: impl FnOnce(&mut String) -> fmt::Result,
    ) -> fmt::Result {
        let count = if matches { &mut self.matching } else { &mut self.others };
        *count += 1;
        if *count > MAX_LISTED {
            Ok(())
        } else {
            item(to, mark, rest)
        }
    }

    fn end(&self, to: &mut String) -> fmt::Result {
        for (count, what) in [(self.others, "do not match"), (self.matching, "match")] {
            let more = count.saturating_sub(MAX_LISTED);
            if more > 0 {
                item(to, "...", |to| write!(to, "{more} more {what}, which are not shown"))?;
            }
        }
        Ok(())
    }
}

/// Bytes as printable text: invalid UTF-8 and control characters as `\xNN`.
fn shown(bytes: &[u8]) -> String {
    let (head, tail) = match bytes.get(..MAX_BYTES) {
        Some(head) if bytes.len() > MAX_BYTES => (head, format!("... ({} bytes)", bytes.len())),
        _ => (bytes, String::new()),
    };
    let mut text = String::with_capacity(head.len());
    for chunk in head.utf8_chunks() {
        for character in chunk.valid().chars() {
            if printable(character) {
                text.push(character);
            } else {
                let mut buffer = [0; 4];
                escape(&mut text, character.encode_utf8(&mut buffer).as_bytes());
            }
        }
        escape(&mut text, chunk.invalid());
    }
    text + &tail
}

/// [`shown`], in quotes where the text is empty or contains a space.
fn quoted(bytes: &[u8]) -> String {
    let plain = !bytes.is_empty() && !bytes.contains(&b' ');
    if plain {
        shown(bytes)
    } else {
        format!("\"{}\"", shown(bytes))
    }
}

/// False for control characters, invisible ones, and those that change the direction of text.
fn printable(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

fn escape(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(text, "\\x{byte:02X}");
    }
}

#[cfg(test)]
mod tests;
