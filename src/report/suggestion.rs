//! Spelling suggestions.

/// Returns `did you mean …?` with the most similar known word, if one is similar.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    known
        .into_iter()
        .map(|candidate| (likeness(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.84)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// Returns the similarity of two words; 1 means equal. A swap of two neighbouring characters counts as a typing error
/// even in a short word.
fn likeness(one: &str, other: &str) -> f64 {
    let swapped =
        one.len() == other.len() && strsim::osa_distance(one, other) == 1 && strsim::levenshtein(one, other) == 2;
    // So does one character too many or too few, except in very short words.
    let one_letter =
        one.len().abs_diff(other.len()) == 1 && one.len().min(other.len()) >= 3 && strsim::levenshtein(one, other) == 1;
    let measured = strsim::jaro_winkler(one, other);
    if swapped || one_letter { measured.max(0.9) } else { measured }
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn swapped_characters_are_recognized_in_a_short_word() {
        assert_eq!(did_you_mean("wbe", ["db", "web"]), Some("did you mean `web`?".to_owned()));
        assert_eq!(did_you_mean("abc", ["db", "web"]), None);
        assert_eq!(did_you_mean("dta", ["data"]), Some("did you mean `data`?".to_owned()));
        assert_eq!(did_you_mean("bb", ["db", "abb"]), None);
    }
}
