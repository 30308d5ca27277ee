//! Topic *volumes*: the content of mounted files and directories, on both sides.
//!
//! Invariant: content is compared, never shown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use compact_str::format_compact;

use crate::check::context::ExpectedContext;
use crate::check::context::host_paths::without_trailing_slash;
use crate::check::facts::{Contents, Fact, Kind};
use crate::resolve::Project;
use crate::resolve::volumes::{ConfigOrSecret, ConfigOrSecretSource, HostPath};

/// A ConfigMap and a Secret hold no more. <https://kubernetes.io/docs/concepts/configuration/configmap/>
const LARGEST: u64 = 1024 * 1024;

/// Returns the facts of both sides. A directory with known content becomes one fact per file if the other side only has
/// facts about its files.
pub(crate) fn spread(one: Vec<Fact>, other: Vec<Fact>) -> (Vec<Fact>, Vec<Fact>) {
    let (of_one, of_other) = (told_by_file(&one, &other), told_by_file(&other, &one));
    (by_file(one, &of_one), by_file(other, &of_other))
}

/// Returns the indexes of directories of which the other side only has facts about the files.
fn told_by_file(facts: &[Fact], others: &[Fact]) -> Vec<usize> {
    let mounts: Vec<&Fact> = others.iter().filter(|other| other.kind == Kind::Mount).collect();
    let in_files = |fact: &Fact| {
        let path = fact.subject.name().unwrap_or_default();
        let below = |other: &str| other.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        fact.kind == Kind::Mount
            && fact.contents.is_some()
            && mounts.iter().all(|other| other.subject != fact.subject)
            && mounts.iter().any(|other| other.subject.name().is_some_and(below))
    };
    facts.iter().enumerate().filter(|(_, fact)| in_files(fact)).map(|(index, _)| index).collect()
}

fn by_file(facts: Vec<Fact>, folders: &[usize]) -> Vec<Fact> {
    if folders.is_empty() {
        return facts;
    }
    let mut all = Vec::with_capacity(facts.len());
    for (index, fact) in facts.into_iter().enumerate() {
        match fact.contents.as_ref().filter(|_| folders.contains(&index)).and_then(known) {
            Some(Contents::Folder(files)) => all.extend(files.into_iter().map(|(name, bytes)| {
                let value = match fact.value.as_mount() {
                    Some(storage) => storage.file_of(&name).into(),
                    None => fact.value.clone(),
                };
                let path = format_compact!("{}/{name}", fact.subject.name().unwrap_or_default());
                Fact { subject: path.into(), value, contents: Some(Contents::File(bytes)), ..fact.clone() }
            })),
            Some(Contents::File(_) | Contents::OnDisk(_)) | None => all.push(fact),
        }
    }
    all
}

/// Whether the contents of two facts are equal; `None` if they are not known on both sides.
pub(crate) fn equal(one: &Fact, other: &Fact) -> Option<bool> {
    let (one, other) = (one.contents.as_ref()?, other.contents.as_ref()?);
    // Paths on disk are the same file on both sides, or are compared by their paths.
    if let (Contents::OnDisk(_), Contents::OnDisk(_)) = (one, other) {
        return None;
    }
    Some(known(one)? == known(other)?)
}

/// Returns the content, if it can be read.
fn known(held: &Contents) -> Option<Contents> {
    match held {
        Contents::File(_) | Contents::Folder(_) => Some(held.clone()),
        Contents::OnDisk(path) if path.is_dir() => folder(path).map(Contents::Folder),
        Contents::OnDisk(path) => file(path).map(Contents::File),
    }
}

fn file(path: &Path) -> Option<Vec<u8>> {
    let about = std::fs::metadata(path).ok()?;
    if about.is_file() && about.len() <= LARGEST { std::fs::read(path).ok() } else { None }
}

/// Reads a directory that could be a ConfigMap: files only, and few of them.
fn folder(path: &Path) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(path).ok()? {
        let entry = entry.ok()?;
        if files.len() > 256 {
            return None;
        }
        files.insert(entry.file_name().into_string().ok()?, file(&entry.path())?);
    }
    Some(files)
}

/// Returns the location of a host path on this host.
pub(crate) fn on_disk(project: &Project, path: &HostPath) -> Option<Contents> {
    match path {
        HostPath::Project(path) => Some(Contents::OnDisk(project.directory.join(path))),
        HostPath::Absolute(path) => Some(Contents::OnDisk(PathBuf::from(path))),
        HostPath::Home(_) => None,
    }
}

/// Returns the content of a config or secret.
pub(crate) fn of_material(context: ExpectedContext, material: Option<&ConfigOrSecret>) -> Option<Contents> {
    match &material?.source {
        ConfigOrSecretSource::File(path) => on_disk(context.project, &path.value),
        ConfigOrSecretSource::Content(text) => Some(Contents::File(text.value.clone().into_bytes())),
        ConfigOrSecretSource::OutsideContent(text) => {
            text.value.is_known().then(|| Contents::File(text.value.expose().as_bytes().to_vec()))
        }
        ConfigOrSecretSource::Environment(_, value) => value
            .as_ref()
            .filter(|value| value.is_known())
            .map(|value| Contents::File(value.expose().as_bytes().to_vec())),
        ConfigOrSecretSource::External | ConfigOrSecretSource::Driver(_) => None,
    }
}

/// Returns the part of the entries that is mounted: all of them, the given items, or one file.
pub(crate) fn part(
    entries: &BTreeMap<String, Vec<u8>>,
    items: Option<&[k8s_openapi::api::core::v1::KeyToPath]>,
    sub: Option<&str>,
) -> Option<Contents> {
    let files: BTreeMap<String, Vec<u8>> = match items {
        Some(items) => {
            items.iter().filter_map(|item| Some((item.path.clone(), entries.get(&item.key)?.clone()))).collect()
        }
        None => entries.clone(),
    };
    match sub.map(without_trailing_slash) {
        Some(sub) => files.get(sub).cloned().map(Contents::File),
        None => Some(Contents::Folder(files)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::facts::{FileKind, MountedStorage, StorageOrigin};
    use crate::text::{Sources, Span};

    fn mount(path: &str, origin: StorageOrigin, contents: Contents) -> Fact {
        let source = Sources::new().add("a", None, "");
        let storage = MountedStorage::new(origin, None);
        Fact::required(Kind::Mount, path, storage, Span { source, start: 0, end: 0 }).with_contents(Some(contents))
    }

    fn files(list: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        list.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_directory_is_compared_by_file_if_the_other_side_has_files() {
        let contents = Contents::Folder(files(&[("pg", "x")]));
        let directory = StorageOrigin::DirectoryWith(FileKind::Secret, "pg".into());
        let whole = vec![mount("/run/secrets", directory, contents)];
        let file = StorageOrigin::File(FileKind::Secret, "pg".into());
        let one = vec![mount("/run/secrets/pg", file, Contents::File(b"x".to_vec()))];
        let (spread, same) = spread(whole.clone(), one.clone());
        assert_eq!((&spread[0].subject, &spread[0].value), (&one[0].subject, &one[0].value));
        assert_eq!(equal(&one[0], &spread[0]), Some(true));
        assert_eq!(same, one);
        assert_eq!(super::spread(whole.clone(), whole.clone()), (whole.clone(), whole));
    }

    #[test]
    fn content_on_disk_equals_the_same_content_in_an_object() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.conf"), "x").unwrap();
        let host = || StorageOrigin::Host("./a".into());
        let object = || StorageOrigin::Object { kind: "ConfigMap", name: "a".into(), entry: None };
        let disk = mount("/etc/a", host(), Contents::OnDisk(folder.path().to_path_buf()));
        let map = |text| mount("/etc/a", object(), Contents::Folder(files(&[("a.conf", text)])));
        assert_eq!(equal(&disk, &map("x")), Some(true));
        assert_eq!(equal(&disk, &map("y")), Some(false));
        let fallback_span = mount("/etc/a", host(), Contents::OnDisk(folder.path().join("none")));
        assert_eq!(equal(&fallback_span, &map("x")), None);
    }

    #[test]
    fn a_mount_contains_the_requested_items() {
        let entries = files(&[("a", "1"), ("b", "2")]);
        let items =
            [k8s_openapi::api::core::v1::KeyToPath { key: "b".into(), path: "c/d".into(), ..Default::default() }];
        assert_eq!(part(&entries, Some(&items), None), Some(Contents::Folder(files(&[("c/d", "2")]))));
        assert_eq!(part(&entries, None, Some("a")), Some(Contents::File(b"1".to_vec())));
        assert_eq!(part(&entries, None, Some("z")), None);
    }
}
