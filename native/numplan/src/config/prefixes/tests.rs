use crate::config::document::Document;
use crate::config::json::{Json, JsonError};
use crate::config::problem::{Path, Problem};

fn survey(class: &str) -> Result<(Option<Document>, Vec<String>), JsonError> {
    let json: Json = format!("{{\"classifiers\": {{\"fraud\": {class}}}}}").parse()?;
    let (document, problems) = Document::survey(&json);
    Ok((document, problems.iter().map(Problem::to_string).collect()))
}

#[test]
fn a_class_may_be_a_list_or_the_text_of_a_file() -> Result<(), JsonError> {
    for prefixes in [
        r#"["+1900", "4490", "4490"]"#,
        r#"{"csv": "prefix\n1900\n4490\n4490"}"#,
        r#"{"file": "fraud.csv", "csv": "1900\n4490\n4490"}"#,
    ] {
        let (document, problems) = survey(&format!(r#"{{"prefixes": {prefixes}, "regex": "^\\+(1900|44)"}}"#))?;
        assert_eq!(problems, Vec::<String>::new());
        let classifier = &document.iter().flat_map(|document| &document.classifiers).next();
        let classifier = classifier.unwrap_or_else(|| unreachable!());
        assert_eq!(classifier.path.to_string(), "classifiers.fraud.prefixes");
        assert_eq!(
            classifier.list().map(|list| (list.given(), list.prefixes().len())),
            Some((3, 2))
        );
        let stated = classifier.stated_regex().map(|(path, regex)| (path.to_string(), regex));
        let expected = ("classifiers.fraud.regex".to_owned(), br"^\+(1900|44)".as_slice());
        assert_eq!(stated, Some(expected));
        // Answers show the count, and not the list.
        let shown = classifier
            .object
            .get(b"prefixes")
            .and_then(|shown| shown.get(b"count"))
            .cloned();
        assert_eq!(shown, Some("3".parse()?));
        assert!(
            classifier
                .object
                .get(b"prefixes")
                .is_some_and(|shown| shown.get(b"csv").is_none())
        );
    }
    Ok(())
}

#[test]
fn a_class_that_kazoo_does_not_know_says_so() -> Result<(), JsonError> {
    let (_, problems) = survey(r#"{"prefixes": ["1900"]}"#)?;
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("classifiers.fraud: a class by prefixes, and no regex for nodes of Kazoo (add "));
    for only in ["false", "1", "\"true\"", "null"] {
        let (_, problems) = survey(&format!(r#"{{"prefixes": ["1900"], "numplan_only": {only}}}"#))?;
        assert_eq!(problems.len(), 1, "{only}");
    }
    let (document, problems) = survey(r#"{"prefixes": ["1900"], "numplan_only": true}"#)?;
    assert_eq!(problems, Vec::<String>::new());
    let stated = document
        .iter()
        .flat_map(|document| &document.classifiers)
        .map(|class| class.stated_regex());
    assert!(stated.flatten().next().is_none());
    Ok(())
}

#[test]
fn a_file_is_utf8() {
    let csv = |bytes: &[u8]| {
        let text = |text: &[u8]| Json::String(text.to_vec());
        let members = [(b"file".to_vec(), text(b"f.csv")), (b"csv".to_vec(), text(bytes))];
        super::read(&Json::Object(members.to_vec()), &Path::root())
    };
    assert_eq!(csv(b"\xEF\xBB\xBF1900\n").ok().map(|list| list.given()), Some(1));
    let problems = csv(b"\xFF\xFE1\x009\x00").err().unwrap_or_default();
    let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(problems, ["f.csv, the text is in UTF-16, and must be in UTF-8"]);
}

#[test]
fn what_is_no_list_is_refused_with_its_place() -> Result<(), JsonError> {
    let at = "classifiers.fraud.prefixes";
    let digits = "expected digits alone, with or without a + before them";
    for (prefixes, expected) in [
        (
            "7",
            format!("{at}: expected a list of prefixes, or a file, got a number"),
        ),
        (
            "{}",
            format!("{at}: expected a list of prefixes, or a file, got an object"),
        ),
        (r#"["1", 1900]"#, format!("{at}.1: expected a string, got a number")),
        (r#"["1", "+19x0"]"#, format!("{at}.1: {digits} at offset 3")),
        ("[]", format!("{at}: no prefix")),
        (r#"[""]"#, format!("{at}.0: expected digits, got none at offset 0")),
        (r#"{"csv": 1}"#, format!("{at}.csv: expected a string, got a number")),
        (r#"{"csv": "1\n2x\n"}"#, format!("{at}: line 2: {digits}")),
        (
            r#"{"file": "f.csv", "csv": "1\n2x\n"}"#,
            format!("{at}: f.csv, line 2: {digits}"),
        ),
        (
            r#"{"file": "f.csv", "error": "f.csv: no such file"}"#,
            format!("{at}: f.csv: no such file"),
        ),
    ] {
        let (_, problems) = survey(&format!(r#"{{"prefixes": {prefixes}, "regex": "^1"}}"#))?;
        assert_eq!(problems, [expected], "{prefixes}");
    }
    Ok(())
}

/// The engine opens no file, whatever a document names.
#[test]
fn a_file_that_nobody_has_read_is_refused() -> Result<(), JsonError> {
    let (_, problems) = survey(r#"{"prefixes": {"file": "/etc/passwd"}, "regex": "^1"}"#)?;
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("classifiers.fraud.prefixes: the file /etc/passwd is not read here ("));
    Ok(())
}
