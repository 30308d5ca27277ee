//! Detection of dependency cycles.

use super::project::Canonical;
use crate::maps::HashMap;
use crate::parse::{Mapping, Tree};
use crate::report::Report;
use crate::resolve::problem::Problem;
use crate::text::Span;

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Open,
    Done,
}

/// A service on the current path, its dependencies, and how many of them were followed.
type Followed<'a> = (&'a str, Vec<(&'a str, Span)>, usize);

/// Reports each dependency cycle once.
pub(super) fn find(canonical: &Canonical, report: &mut Report) {
    let mut marks: HashMap<&str, Mark> = HashMap::default();
    for (name, _) in canonical.active() {
        if marks.contains_key(name) {
            continue;
        }
        // The current path from `name`. An explicit stack, because a chain of dependencies may be as long as the file.
        let mut way: Vec<Followed<'_>> = vec![(name, waits(canonical, name), 0)];
        marks.insert(name, Mark::Open);
        while let Some((here, waits_here, followed)) = way.last_mut() {
            let Some((next, _)) = waits_here.get(*followed).copied() else {
                marks.insert(here, Mark::Done);
                way.pop();
                continue;
            };
            *followed += 1;
            match marks.get(next) {
                Some(Mark::Done) => {}
                Some(Mark::Open) => {
                    let circle: Vec<_> = way.iter().skip_while(|(service, _, _)| *service != next).collect();
                    let names = circle.iter().map(|(service, _, _)| *service).chain([next]);
                    let words: Vec<String> = names.map(|name| format!("`{name}`")).collect();
                    let at = circle
                        .iter()
                        .filter_map(|(_, waits, followed)| waits.get(followed.checked_sub(1)?).map(|(_, at)| *at))
                        .collect();
                    report.add(Problem::DependencyCycle { way: words.join(" → "), at });
                }
                None => {
                    marks.insert(next, Mark::Open);
                    way.push((next, waits(canonical, next), 0));
                }
            }
        }
    }
}

fn waits<'a>(canonical: &'a Canonical, name: &str) -> Vec<(&'a str, Span)> {
    let Some(entry) = canonical.declared("services", name) else { return Vec::new() };
    let waits = entry.value.get("depends_on").and_then(Tree::as_mapping);
    waits
        .into_iter()
        .flat_map(Mapping::iter)
        .filter(|(name, _)| canonical.declared("services", name).is_some_and(|entry| canonical.is_active(&entry.value)))
        .map(|(name, entry)| (name, entry.key))
        .collect()
}
