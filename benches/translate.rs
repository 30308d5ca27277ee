//! How long each stage after loading takes, and the whole program: for the worked example, and for generated projects of ten to ten
//! thousand services. `cargo bench --bench translate`; one line with `-- emit/1000`.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use compose2k8s::check::Manifests;
use compose2k8s::emit::Files;
use compose2k8s::lower::{Objects, RunProject, lower};
use compose2k8s::parse::ProjectOptions;
use compose2k8s::report::Report;
use compose2k8s::text::Sources;
use compose2k8s::{Loaded, Purpose, Request, compare, load, translate};
use divan::Bencher;

fn main() {
    divan::main();
}

/// Which project; 0 services stand for the worked example.
const PROJECTS: [usize; 5] = [0, 10, 100, 1_000, 10_000];

/// A project of nothing but what Kubernetes can do, so that it goes all the way.
fn project(services: usize) -> String {
    let mut text = "name: bench\nservices:\n".to_owned();
    for number in 0..services {
        write!(
            text,
            "  service-{number}:\n    image: registry.example.com/team/service-{number}:1.{number}\n    command: [serve, \"8080\"]\n    \
             environment:\n      NAME: service-{number}\n      DATABASE_URL: postgres://user@db-{number}:5432/app\n    ports: \
             [\"8080\"]\n    volumes: [\"./data/{number}:/var/lib/data\", \"cache-{number}:/cache\"]\n    healthcheck:\n      \
             test: [CMD, curl, -f, \"http://localhost:8080/\"]\n      interval: 10s\n    networks: [front]\n"
        )
        .unwrap();
        if number % 10 > 0 {
            writeln!(text, "    depends_on: {{service-{}: {{condition: service_healthy}}}}", number - 1).unwrap();
        }
    }
    text += "networks: {front: {}}\nvolumes:\n";
    for number in 0..services {
        writeln!(text, "  cache-{number}:").unwrap();
    }
    text
}

/// A project on disk, and what the pipeline makes of it.
struct Bench {
    folder: tempfile::TempDir,
    request: Request,
    loaded: Loaded,
}

impl Bench {
    fn new(services: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = Self::file(&folder, services);
        let request = Request {
            project: ProjectOptions { files: vec![file], ..ProjectOptions::default() },
            ..Request::default()
        };
        let loaded = load(&request, &mut Sources::new(), &mut Report::new()).unwrap();
        Self { folder, request, loaded }
    }

    fn file(folder: &tempfile::TempDir, services: usize) -> PathBuf {
        if services == 0 {
            // A copy, because scripts of runs are written beside the Compose file.
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/boulder");
            assert!(Command::new("cp").arg("-R").arg(from).arg(folder.path()).status().unwrap().success());
            return folder.path().join("boulder/docker-compose.yml");
        }
        let file = folder.path().join("compose.yaml");
        std::fs::write(&file, project(services)).unwrap();
        file
    }

    fn lowered(&self) -> Objects {
        let Loaded { project, overrides, runs } = &self.loaded;
        let runs: Vec<_> = overrides.runs.iter().zip(runs).map(|(run, project)| RunProject { run, project }).collect();
        lower(project, overrides, &runs, &mut Report::new()).unwrap()
    }

    fn files(&self) -> Files {
        translate(&self.request, &self.loaded, None, Purpose::Write, &mut Report::new()).unwrap()
    }

    /// The program, with an output folder of its own.
    fn program(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_compose2k8s"));
        command
            .args(&self.request.project.files)
            .args(["--quiet", "-o"])
            .arg(self.folder.path().join("k8s"))
            .args(more);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

#[divan::bench(args = PROJECTS, sample_count = 10, sample_size = 1)]
fn stage_load(bencher: Bencher<'_, '_>, services: usize) {
    let bench = Bench::new(services);
    bencher.bench_local(|| load(&bench.request, &mut Sources::new(), &mut Report::new()).unwrap());
}

#[divan::bench(args = PROJECTS, sample_count = 10, sample_size = 1)]
fn stage_lower(bencher: Bencher<'_, '_>, services: usize) {
    let bench = Bench::new(services);
    bencher.bench_local(|| bench.lowered());
}

/// Lowering and rendering, in one thread.
#[divan::bench(args = PROJECTS, sample_count = 10, sample_size = 1)]
fn stage_lower_and_emit(bencher: Bencher<'_, '_>, services: usize) {
    let bench = Bench::new(services);
    bencher
        .bench_local(|| translate(&bench.request, &bench.loaded, None, Purpose::Preview, &mut Report::new()).unwrap());
}

/// Reading the manifests, and comparing them.
#[divan::bench(args = PROJECTS, sample_count = 10, sample_size = 1)]
fn stage_check(bencher: Bencher<'_, '_>, services: usize) {
    let bench = Bench::new(services);
    let files = bench.files();
    bencher.bench_local(|| {
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let mut manifests = Manifests::default().with_root("k8s".into());
        for (path, file) in
            files.kit.iter().filter(|(path, _)| Path::new(path).extension().is_some_and(|end| end == "yaml"))
        {
            manifests.add(path, None, &file.text, &mut sources, &mut report);
        }
        compare(&bench.loaded, &manifests, &mut report);
        report.problems().len()
    });
}

/// As people run it the first time: start, read, write every file, end.
#[divan::bench(args = PROJECTS, sample_count = 5, sample_size = 1)]
fn whole_write(bencher: Bencher<'_, '_>, services: usize) {
    let bench = Bench::new(services);
    bencher
        .with_inputs(|| drop(std::fs::remove_dir_all(bench.folder.path().join("k8s"))))
        .bench_local_values(|()| assert!(bench.program(&[]).status().unwrap().success()));
}

/// As people run it every time after: nothing changed.
#[divan::bench(args = PROJECTS, sample_count = 10, sample_size = 1)]
fn whole_again(bencher: Bencher<'_, '_>, services: usize) {
    let bench = Bench::new(services);
    assert!(bench.program(&[]).status().unwrap().success());
    bencher.bench_local(|| assert!(bench.program(&[]).status().unwrap().success()));
}

/// As CI runs it: by meaning, then byte for byte.
#[divan::bench(args = PROJECTS, sample_count = 10, sample_size = 1)]
fn whole_check(bencher: Bencher<'_, '_>, services: usize) {
    let bench = Bench::new(services);
    assert!(bench.program(&[]).status().unwrap().success());
    bencher.bench_local(|| assert!(bench.program(&["--check"]).status().unwrap().success()));
}
