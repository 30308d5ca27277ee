//! The words of a command string with values from outside the Compose files.

use super::command_split::split;
use crate::parse::{OutsideValue, Scalar, ScalarStyle, Template, Tree, TreeValue};
use crate::text::Span;

/// Returns the words of a command string, each with the parts of it that are values from outside.
///
/// If such a value decides how the string is split, as one with a blank does, the parts are not known. Every word then has one
/// empty part for each variable.
pub(crate) fn words_with_templates(words: Vec<String>, scalar: &Scalar, span: Span) -> Vec<Tree> {
    let Some(template) = scalar.template.as_deref().filter(|template| !template.outside.is_empty()) else {
        return words.into_iter().map(|word| Tree::string(word, span)).collect();
    };
    let parts = parts_of_words(&words, &scalar.text, &template.outside).unwrap_or_else(|| {
        let unknown = |value: &OutsideValue| OutsideValue { range: 0..0, variable: value.variable.clone() };
        words.iter().map(|_| template.outside.iter().map(unknown).collect()).collect()
    });
    let variables = &template.variables;
    words
        .into_iter()
        .zip(parts)
        .map(|(word, outside)| {
            let template = (!outside.is_empty())
                .then(|| Box::new(Template { text: template.text.clone(), variables: variables.clone(), outside }));
            let scalar = Scalar { text: word.into(), style: ScalarStyle::Quoted, template };
            Tree::new(span, TreeValue::Scalar(scalar))
        })
        .collect()
}

/// Returns the parts of each word that are values from outside; `None` if a value decides how the string is split.
fn parts_of_words(words: &[String], text: &str, outside: &[OutsideValue]) -> Option<Vec<Vec<OutsideValue>>> {
    // The string with a mark instead of each value is split into the same words.
    let mark = |index: usize| format!("%compose2k8s-part-{index}%");
    let (mut masked, mut end) = (String::new(), 0);
    for (index, value) in outside.iter().enumerate() {
        masked.push_str(text.get(end..value.range.start)?);
        masked.push_str(&mark(index));
        end = value.range.end;
    }
    masked.push_str(text.get(end..)?);
    let masked = split(&masked).ok()?.words;
    if masked.len() != words.len() {
        return None;
    }
    let mut all = Vec::with_capacity(words.len());
    for (word, masked) in words.iter().zip(&masked) {
        let (mut parts, mut rest, mut whole) = (Vec::new(), masked.as_str(), String::new());
        for (index, value) in outside.iter().enumerate() {
            let Some((before, after)) = rest.split_once(&mark(index)) else { continue };
            whole.push_str(before);
            let start = whole.len();
            whole.push_str(text.get(value.range.clone())?);
            parts.push(OutsideValue { range: start..whole.len(), variable: value.variable.clone() });
            rest = after;
        }
        whole.push_str(rest);
        if whole != *word {
            return None;
        }
        all.push(parts);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, values: &[(&str, &str)]) -> Option<Vec<Vec<(String, String)>>> {
        let outside: Vec<OutsideValue> = values
            .iter()
            .map(|(variable, value)| {
                let start = text.find(value).unwrap();
                OutsideValue { range: start..start + value.len(), variable: (*variable).to_owned() }
            })
            .collect();
        let words = split(text).unwrap().words;
        let parts = parts_of_words(&words, text, &outside)?;
        let named = |(word, parts): (&String, Vec<OutsideValue>)| {
            parts.into_iter().map(|part| (part.variable, word.get(part.range).unwrap().to_owned())).collect()
        };
        Some(words.iter().zip(parts).map(named).collect())
    }

    #[test]
    fn the_parts_of_each_word_are_found() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            parts("run --user=admin '-p s3cret' x", &[("USER", "admin"), ("PASSWORD", "s3cret")]),
            Some(vec![vec![], vec![pair("USER", "admin")], vec![pair("PASSWORD", "s3cret")], vec![]])
        );
    }

    #[test]
    fn a_value_that_decides_how_the_string_is_split_has_no_known_parts() {
        assert_eq!(parts("run --a --b", &[("OPTIONS", "--a --b")]), None);
        assert_eq!(parts("run a'b'", &[("QUOTED", "a'b'")]), None);
    }
}
