//! Removal of repeated list items: a later item replaces an earlier one with the same identity, or is an error.
//! <https://github.com/compose-spec/compose-spec/blob/main/13-merge.md#unique-resources>

use crate::keys::{Key, Merge, Shape};
use crate::maps::HashMap;
use crate::parse::scalars::Plain;
use crate::parse::{Tree, TreeValue};
use crate::report::Report;
use crate::resolve::key_path::KeyPath;
use crate::resolve::problem::Problem;
use crate::resolve::value_format::{plain, scalar_string};

/// Removes or reports repeated items of a list, depending on its key.
#[allow(clippy::wildcard_enum_match_arm, reason = "all other lists hold strings, or things without identity")]
pub(super) fn settle(list: Vec<Tree>, key: Key, path: &KeyPath<'_>, report: &mut Report) -> Vec<Tree> {
    let list =
        if key == Key::Dns { list.into_iter().filter(|item| !scalar_string(item).is_empty()).collect() } else { list };
    match key {
        Key::Volumes | Key::Devices | Key::Ports => {
            let mut kept = Vec::with_capacity(list.len());
            for item in list {
                if item.get("target").is_some() {
                    kept.push(item);
                } else {
                    let (key, place) = ("target".to_owned(), format!("an item of `{}`", path.path()));
                    report.add(Problem::MissingKey { key, place, at: item.span });
                }
            }
            if key == Key::Ports { last(kept, port) } else { last(kept, |item| field(item, "target")) }
        }
        Key::Configs => last(list, |item| target(item, "/")),
        Key::Secrets => last(list, |item| target(item, "/run/secrets/")),
        Key::EnvFile => last(list, |item| field(item, "path")),
        _ if keeps_last(key) => last(list, |item| before_equals(item, key)),
        _ if key.shape().unique() => once(list, true, path, report),
        _ => list,
    }
}

/// Reports repeated strings of a list, if they are not allowed.
pub(super) fn once(list: Vec<Tree>, refused: bool, path: &KeyPath<'_>, report: &mut Report) -> Vec<Tree> {
    if !refused || list.len() < 2 {
        return list;
    }
    let mut known = HashMap::default();
    let mut kept = Vec::with_capacity(list.len());
    for item in list {
        if matches!(item.value, TreeValue::Scalar(_)) {
            let whole = matches!(plain(&item), Plain::Int(_) | Plain::Float(_));
            if let Some(first) = known.insert((whole, scalar_string(&item)), item.span) {
                report.add(Problem::RepeatedItem { path: path.path(), at: item.span, first });
                continue;
            }
        }
        kept.push(item);
    }
    kept
}

fn last(list: Vec<Tree>, identity: impl Fn(&Tree) -> String) -> Vec<Tree> {
    if list.len() < 2 {
        return list;
    }
    let mut places: HashMap<String, usize> = HashMap::default();
    let mut kept: Vec<Tree> = Vec::with_capacity(list.len());
    for item in list {
        let place = *places.entry(identity(&item)).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(earlier) => *earlier = item,
            None => kept.push(item),
        }
    }
    kept
}

fn field(item: &Tree, key: &str) -> String {
    item.get(key).map(scalar_string).unwrap_or_default()
}

fn target(item: &Tree, folder: &str) -> String {
    item.get("target").map_or_else(|| format!("{folder}{}", field(item, "source")), scalar_string)
}

fn port(item: &Tree) -> String {
    let given = |key: &str, default: &str| item.get(key).map_or_else(|| default.to_owned(), scalar_string);
    // The official loader treats 80 and "80" as different values here.
    let mark = item.get("published").map_or("", |tree| if plain(tree) == Plain::Text { "\"" } else { "" });
    format!(
        "{}:{mark}{}:{}/{}",
        given("host_ip", "0.0.0.0"),
        given("published", ""),
        given("target", ""),
        given("protocol", "tcp")
    )
}

/// Returns the name of `NAME=value`; for `expose`, the whole string.
fn before_equals(item: &Tree, key: Key) -> String {
    let text = scalar_string(item);
    match text.split_once('=') {
        Some((name, _)) if key.shape() != Shape::UniqueTextsOrNumbers => name.to_owned(),
        Some(_) | None => text,
    }
}

/// Whether lists of this key keep the last of several items with the same identity; in other lists these are an error.
pub(super) fn keeps_last(key: Key) -> bool {
    // Volume labels are merged like other labels, but repeated items are an error.
    matches!(key.merge(), Merge::Unique | Merge::Pairs | Merge::ByIdentity)
        && !matches!(key, Key::TopVolumesLabels | Key::VolumesVolumeLabels)
}
