//! Every case's kit damaged in every place.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::golden;

use super::{Kit, Tally, all, damage, damage_starts, request};

/// A case's project in a folder of its own, named as it was when the kit was written.
fn kit(case: &Path, folder: &Path) -> Kit {
    let project = folder.join("project");
    golden::copy(case, &project);
    let mut files: Vec<String> = std::fs::read_dir(&project)
        .expect("a folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            name.ends_with(".yaml") && name != "compose.yaml" && name != "overrides.yaml" && !name.starts_with("other")
        })
        .collect();
    files.sort();
    files.insert(0, "compose.yaml".to_owned());
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let overrides = project.join("overrides.yaml");
    let mut request = request(&project, &files, overrides.exists().then_some(overrides));
    let arguments = std::fs::read_to_string(project.join("arguments")).unwrap_or_default();
    let mut arguments = arguments.lines();
    while let Some(argument) = arguments.next() {
        assert_eq!(argument, "--profile", "{}: an argument that this test does not know", case.display());
        request.selection.profiles.extend(arguments.next().map(str::to_owned));
    }
    Kit::of(&request, &project.join("expected/k8s"), project.join("k8s"))
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(golden::root().join("fixtures/cases"))
        .expect("fixtures/cases")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|case| case.join("expected/k8s").is_dir())
        .collect();
    cases.sort();
    cases
}

#[test]
fn every_damage_to_every_case_is_found_and_nothing_else() {
    let start = Instant::now();
    let wanted = std::env::var("CASE").unwrap_or_default();
    let cases: Vec<PathBuf> = cases().into_iter().filter(|case| case.display().to_string().contains(&wanted)).collect();
    let tally = all(&cases, |case| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut kit = kit(case, folder.path());
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut tally = Tally::default();
        tally.alarms.extend(kit.untouched());
        for file in kit.objects() {
            tally.merge(damage(&mut kit, &file));
        }
        tally.merge(damage_starts(&mut kit));
        for list in [&mut tally.missed, &mut tally.alarms] {
            list.iter_mut().for_each(|line| *line = format!("{name}/{line}"));
        }
        tally
    });
    tally.judge(start, if wanted.is_empty() { 5_000 } else { 1 });
}
