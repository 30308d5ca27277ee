//! The check is trusted only after it was seen to fail: kits are damaged in every place, one damage at a time, and each
//! must be found; changes that mean nothing must not be.

mod bad_input;
mod boulder;
mod cases;
mod damage;
mod live;
mod meaningless;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use compose2k8s::check::Manifests;
use compose2k8s::parse::Selection;
use compose2k8s::report::{Report, Severity, short};
use compose2k8s::text::Sources;
use compose2k8s::{Loaded, Request, compare, load};

use crate::golden::files;

/// A project and the kit that was written for it.
struct Kit {
    loaded: Loaded,
    texts: BTreeMap<String, String>,
    base: Manifests,
    sources: Sources,
}

impl Kit {
    /// Loads the project and reads the kit, whose texts are taken to lie in `root`.
    fn of(request: &Request, kit: &Path, root: PathBuf) -> Self {
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let loaded = load(request, &mut sources, &mut report);
        let loaded = loaded.unwrap_or_else(|_| panic!("{:?}", report.problems()));
        let texts: BTreeMap<String, String> = files(kit)
            .into_iter()
            .filter(|(name, _)| {
                name.ends_with(".yaml") && !name.starts_with("kustomization")
                    || name.ends_with("Corefile")
                    || name.ends_with("project.sh")
            })
            .collect();
        let mut base = Manifests::default().with_root(root);
        let mut report = Report::new();
        for (name, text) in &texts {
            base.add(name, None, text, &mut sources, &mut report);
        }
        assert!(report.problems().is_empty(), "{:?}", report.problems());
        Kit { loaded, texts, base, sources }
    }

    /// The findings when one file has another text.
    fn findings(&mut self, file: &str, text: &str) -> Vec<String> {
        let (mut manifests, mut report) = (self.base.clone(), Report::new());
        manifests.replace(file, text, &mut self.sources, &mut report);
        compare(&self.loaded, &manifests, &mut report);
        told(&report, &self.sources)
    }

    /// The findings of the kit as it was written.
    fn untouched(&self) -> Vec<String> {
        let mut report = Report::new();
        compare(&self.loaded, &self.base, &mut report);
        told(&report, &self.sources)
    }

    /// The files with objects: server blocks have a form and a test of their own.
    fn objects(&self) -> Vec<String> {
        self.texts.keys().filter(|file| file.ends_with(".yaml")).cloned().collect()
    }
}

/// Which project: files of a folder, which is its directory.
fn request(folder: &Path, files: &[&str], overrides: Option<PathBuf>) -> Request {
    let selection = Selection {
        files: files.iter().map(|file| folder.join(file)).collect(),
        project_directory: Some(folder.to_path_buf()),
        ..Selection::default()
    };
    Request { selection, overrides }
}

fn told(report: &Report, sources: &Sources) -> Vec<String> {
    report.problems().iter().filter(|it| it.code.severity == Severity::Error).map(|it| short(it, sources)).collect()
}

/// What came of damaging some files.
#[derive(Default)]
struct Tally {
    caught: usize,
    missed: Vec<String>,
    alarms: Vec<String>,
    silent: usize,
    heard: BTreeSet<String>,
}

impl Tally {
    fn merge(&mut self, other: Tally) {
        self.caught += other.caught;
        self.silent += other.silent;
        self.missed.extend(other.missed);
        self.alarms.extend(other.alarms);
        self.heard.extend(other.heard);
    }

    /// Prints what came of it, and fails where a damage was missed or a harmless change found.
    fn judge(&self, start: std::time::Instant, least: usize) {
        println!(
            "{} caught, {} missed, {} rightly unheard, {} false alarms, {:.1?}",
            self.caught,
            self.missed.len(),
            self.silent,
            self.alarms.len(),
            start.elapsed()
        );
        let (missed, alarms) = (&self.missed, &self.alarms);
        assert!(
            missed.is_empty() && alarms.is_empty(),
            "missed:\n{}\nalarms:\n{}",
            missed.join("\n"),
            alarms.join("\n")
        );
        assert!(self.caught >= least, "only {} damages were tried", self.caught);
    }
}

/// Does a work for every item, on two threads, and gathers what came of it.
fn all<T: Sync>(items: &[T], work: impl Fn(&T) -> Tally + Sync) -> Tally {
    let next = AtomicUsize::new(0);
    let mut whole = Tally::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut tally = Tally::default();
                    while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                        tally.merge(work(item));
                    }
                    tally
                })
            })
            .collect();
        for thread in threads {
            whole.merge(thread.join().expect("no damage makes the check panic"));
        }
    });
    whole
}

/// Damages what the scripts know of the order: nobody waits, everybody starts at once, or what must be ready need not be.
fn damage_starts(kit: &mut Kit) -> Tally {
    let mut tally = Tally::default();
    let file = "scripts/project.sh";
    let text = kit.texts[file].clone();
    for (index, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let damages: Vec<String> = match words.as_slice() {
            // The words behind `until` are whom it waits for; two quotes are nobody.
            ["service", name, own, kind, replicas, phase, patience, until, after, ..] if *after != "''" => vec![
                format!("service {name} {own} {kind} {replicas} {phase} {patience} {until} '' ''"),
                line.replacen(&format!(" {phase} "), " 0 ", 1),
                line.replacen(*name, "elsewhere", 1),
            ],
            ["setup", ..] => vec![String::new()],
            _ => Vec::new(),
        };
        for damaged in damages {
            let lines = text.lines().enumerate();
            let whole: String =
                lines.map(|(at, line)| format!("{}\n", if at == index { &damaged } else { line })).collect();
            let findings = kit.findings(file, &whole);
            if findings.is_empty() {
                tally.missed.push(format!("{file}: {damaged}"));
            } else {
                tally.caught += 1;
            }
            tally.heard.extend(findings);
        }
    }
    // How long the scripts wait, and what they print, is nobody's order.
    let other = text.replace(" 60 ", " 61 ") + "# a further line\nsomething else\n";
    tally.alarms.extend(kit.findings(file, &other));
    tally
}

/// Damages one file of a kit in every way.
fn damage(kit: &mut Kit, file: &str) -> Tally {
    let mut tally = Tally::default();
    let documents = damage::documents(&kit.texts[file]);
    let of_pods = |text: &&String| text.contains("\n          image: ") || text.contains("\n      image: ");
    let count = |runs: bool| {
        kit.texts.iter().filter(|(name, text)| of_pods(text) && (runs || !name.starts_with("runs/"))).count()
    };
    let pods = (count(false), count(true));
    // Another way of writing the same is the same.
    let same = kit.findings(file, &damage::written(&documents));
    tally.alarms.extend(same.into_iter().map(|finding| format!("{file} as JSON: {finding}")));
    for damage::Change { about, at, before, text } in
        damage::changes(&documents).into_iter().chain(damage::additions(&documents))
    {
        let nothing = meaningless::meaningless(pods, file, &about, &at, before.as_ref(), &documents);
        let findings = kit.findings(file, &text);
        match (nothing, findings.is_empty()) {
            (false, false) => tally.caught += 1,
            (false, true) => tally.missed.push(format!("{file}: {about}")),
            (true, true) => tally.silent += 1,
            (true, false) => tally.alarms.push(format!("{file}: {about}: {}", findings[0])),
        }
        tally.heard.extend(findings);
    }
    tally
}
