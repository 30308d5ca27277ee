//! The cases in `fixtures/cases` cover every key that is translated. `tests/fixtures` runs the cases.

use std::collections::BTreeSet;

use compose2k8s::keys::{Key, Verdict};
use compose2k8s::parse::ProjectOptions;
use compose2k8s::report::Report;
use compose2k8s::text::Sources;

use crate::inputs;

#[test]
fn every_translated_key_occurs_in_a_case() {
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    for case in inputs::folders("cases") {
        let files = inputs::compose_files(&case).into_iter().map(|file| case.join(file)).collect();
        let selection = ProjectOptions { files, profiles: vec!["*".to_owned()], ..ProjectOptions::default() };
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let project = compose2k8s::project(&selection, &mut sources, &mut report)
            .unwrap_or_else(|_| panic!("{} does not load", case.display()));
        // A rejected project does not show the translation of its keys.
        if case.join("expected").is_dir() {
            shown.extend(project.used_keys.iter().map(|met| met.key.value.path()));
            shown.extend(project.services.values().flat_map(|service| &service.used_keys).map(|met| met.value.path()));
        }
    }
    let required = Key::ALL.iter().filter(|key| matches!(key.verdict(), Verdict::Mapped | Verdict::Approximated));
    let missing: Vec<&str> = required.map(|key| key.path()).filter(|path| !shown.contains(path)).collect();
    assert!(missing.is_empty(), "translated keys that no folder of fixtures/cases contains: {missing:#?}");
}
