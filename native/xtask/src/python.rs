//! Parses literals of Python source: dictionaries, tuples, lists, strings, numbers, and objects
//! made with named arguments, of generated tables.

use std::error::Error;

/// A literal.
#[derive(Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
    /// `True`, `False` or `None`.
    Constant(String),
    /// A tuple or a list.
    List(Vec<Value>),
    /// A dictionary, or the named arguments of a call, in the order of the source.
    Dictionary(Vec<(String, Value)>),
}

impl Value {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<i64> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn is_true(&self) -> bool {
        matches!(self, Value::Constant(name) if name == "True")
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.members()
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    pub(crate) fn members(&self) -> &[(String, Value)] {
        match self {
            Value::Dictionary(members) => members,
            _ => &[],
        }
    }

    pub(crate) fn elements(&self) -> &[Value] {
        match self {
            Value::List(elements) => elements,
            _ => &[],
        }
    }
}

/// The value that `source` assigns to `name`.
pub(crate) fn assigned(source: &str, name: &str) -> Result<Value, Box<dyn Error>> {
    let start = format!("\n{name} = ");
    let at = source
        .find(&start)
        .ok_or_else(|| format!("nothing is assigned to {name}"))?
        + start.len();
    Reader { source, at }.value()
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<char> {
        let rest = self.source.get(self.at..)?;
        self.at += rest.len() - rest.trim_start().len();
        rest.trim_start().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.source.get(self.at..)?.chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn expect(&mut self, wanted: char) -> Result<(), Box<dyn Error>> {
        match self.peek() {
            Some(found) if found == wanted => {
                self.next();
                Ok(())
            }
            found => Err(format!("byte {}: {wanted:?} expected, {found:?} found", self.at).into()),
        }
    }

    fn value(&mut self) -> Result<Value, Box<dyn Error>> {
        match self.peek() {
            Some('{') => self.dictionary(),
            Some('(') => Ok(Value::List(self.list('(', ')')?)),
            Some('[') => Ok(Value::List(self.list('[', ']')?)),
            Some('0'..='9' | '-') => Ok(Value::Number(
                self.while_in(|letter| letter == '-' || letter.is_ascii_digit())?
                    .parse()?,
            )),
            Some('\'' | '"') => Ok(Value::Text(self.quoted()?)),
            _ => self.named(),
        }
    }

    /// Reads a constant, `u('text')`, or a call with named arguments.
    fn named(&mut self) -> Result<Value, Box<dyn Error>> {
        let name = self.name()?;
        if self.peek() != Some('(') {
            return Ok(Value::Constant(name));
        }
        self.expect('(')?;
        let mut members = Vec::new();
        while self.peek() != Some(')') {
            if self.peek().is_some_and(|letter| matches!(letter, '\'' | '"')) {
                let text = self.quoted()?;
                self.expect(')')?;
                return Ok(Value::Text(text));
            }
            let argument = self.name()?;
            self.expect('=')?;
            members.push((argument, self.value()?));
            self.skip_comma()?;
        }
        self.expect(')')?;
        Ok(Value::Dictionary(members))
    }

    fn name(&mut self) -> Result<String, Box<dyn Error>> {
        self.peek();
        self.while_in(|letter| letter == '_' || letter.is_ascii_alphanumeric())
    }

    /// The longest piece of letters of a kind from here on, which must not be empty.
    fn while_in(&mut self, is_in: fn(char) -> bool) -> Result<String, Box<dyn Error>> {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let end = rest.find(|letter| !is_in(letter)).unwrap_or(rest.len());
        let found = rest.get(..end).filter(|found| !found.is_empty());
        let found = found.ok_or_else(|| format!("byte {}: a value expected", self.at))?;
        self.at += end;
        Ok(found.to_owned())
    }

    fn skip_comma(&mut self) -> Result<(), Box<dyn Error>> {
        if self.peek() == Some(',') {
            self.expect(',')?;
        }
        Ok(())
    }

    fn dictionary(&mut self) -> Result<Value, Box<dyn Error>> {
        let mut members = Vec::new();
        self.expect('{')?;
        while self.peek() != Some('}') {
            let key = match self.value()? {
                Value::Text(key) => key,
                Value::Number(key) => key.to_string(),
                key => return Err(format!("byte {}: the key {key:?}", self.at).into()),
            };
            self.expect(':')?;
            members.push((key, self.value()?));
            self.skip_comma()?;
        }
        self.expect('}')?;
        Ok(Value::Dictionary(members))
    }

    fn list(&mut self, open: char, close: char) -> Result<Vec<Value>, Box<dyn Error>> {
        let mut elements = Vec::new();
        self.expect(open)?;
        while self.peek() != Some(close) {
            elements.push(self.value()?);
            self.skip_comma()?;
        }
        self.expect(close)?;
        Ok(elements)
    }

    fn quoted(&mut self) -> Result<String, Box<dyn Error>> {
        let quote = if self.peek() == Some('"') { '"' } else { '\'' };
        self.expect(quote)?;
        let mut text = String::new();
        loop {
            match self.next() {
                Some(end) if end == quote => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(other) => text.push(other),
                None => return Err("a text without end".into()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Box<dyn Error>> {
        let digits = match self.next() {
            Some('u') => 4,
            Some('x') => 2,
            Some(other @ ('\'' | '"' | '\\')) => return Ok(other),
            other => return Err(format!("byte {}: escape {other:?}", self.at).into()),
        };
        let code = self
            .source
            .get(self.at..self.at + digits)
            .ok_or("an escape without end")?;
        self.at += digits;
        let code = u32::from_str_radix(code, 16)?;
        Ok(char::from_u32(code).ok_or("half of a surrogate pair")?)
    }
}
