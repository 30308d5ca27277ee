//! How loading grows with the project, beside what it cannot do without: the bare YAML event parse of the same bytes.
//!
//! `cargo bench --bench parse` prints, for each size, the time of the events alone, of the merged tree (`tree`), of the
//! project in its canonical form (`canonical`), and the most memory each held at once (`max alloc`).
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use compose2k8s::parse::{ProjectOptions, parse};
use compose2k8s::report::Report;
use compose2k8s::resolve;
use compose2k8s::text::Sources;
use divan::counter::BytesCount;

/// It counts what is held, so that `max alloc` can be set beside the size of the file.
#[global_allocator]
static COUNTING: divan::AllocProfiler = divan::AllocProfiler::system();

const SERVICES: [usize; 4] = [10, 100, 1_000, 10_000];

fn main() {
    divan::main();
}

/// A project with anchors, merge keys, variables, and long and short forms.
fn project(services: usize) -> String {
    let mut text = "x-common: &common\n  restart: always\n  logging: {driver: json-file, options: {max-size: 10m}}\n\
                    x-env: &env\n  TZ: UTC\n  LEVEL: ${LEVEL:-info}\nservices:\n"
        .to_owned();
    for number in 0..services {
        write!(
            text,
            "  service-{number}:\n    <<: *common\n    image: registry.example.com/team/service-{number}:${{TAG:-1.{number}}}\n    \
             command: [\"serve\", \"--port\", \"8080\", \"--name\", \"service-{number}\"]\n    environment:\n      <<: *env\n      \
             NAME: service-{number}\n      DATABASE_URL: postgres://user:password@db-{number}:5432/app\n    ports:\n      \
             - \"{port}:8080\"\n      - target: 9090\n        protocol: tcp\n    volumes:\n      - ./data/{number}:/var/lib/data\n      \
             - cache:/cache:ro\n    healthcheck:\n      test: [\"CMD\", \"curl\", \"-f\", \"http://localhost:8080/\"]\n      \
             interval: 10s\n    networks: [front, back]\n",
            port = number % 60000 + 1000,
        )
        .unwrap();
    }
    text.push_str("networks: {front: {}, back: {}}\nvolumes: {cache: {}}\n");
    text
}

/// A file with a text, in a folder that lives as long.
fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("compose.yaml");
    std::fs::write(&file, text).unwrap();
    (folder, file)
}

fn events(text: &str) -> usize {
    granit_parser::Parser::new_from_str(text).map(Result::unwrap).count()
}

fn tree(files: &[PathBuf]) {
    let selection = ProjectOptions { files: files.to_vec(), ..ProjectOptions::default() };
    divan::black_box(parse(&selection, &mut Sources::new(), &mut Report::new()).unwrap());
}

fn canonical(files: &[PathBuf]) {
    let selection = ProjectOptions { files: files.to_vec(), ..ProjectOptions::default() };
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let parsed = parse(&selection, &mut sources, &mut report).unwrap();
    divan::black_box(resolve::canonical(parsed, &selection, &mut sources, &mut report).unwrap());
}

mod generated {
    use super::{BytesCount, SERVICES, project, written};

    #[divan::bench(args = SERVICES, sample_count = 10, sample_size = 1)]
    fn a_events(bencher: divan::Bencher<'_, '_>, services: usize) {
        let text = project(services);
        bencher.counter(BytesCount::of_str(&text)).bench_local(|| super::events(&text));
    }

    #[divan::bench(args = SERVICES, sample_count = 10, sample_size = 1)]
    fn b_tree(bencher: divan::Bencher<'_, '_>, services: usize) {
        let text = project(services);
        let (_folder, file) = written(&text);
        bencher.counter(BytesCount::of_str(&text)).bench_local(|| super::tree(std::slice::from_ref(&file)));
    }

    #[divan::bench(args = SERVICES, sample_count = 10, sample_size = 1)]
    fn c_canonical(bencher: divan::Bencher<'_, '_>, services: usize) {
        let text = project(services);
        let (_folder, file) = written(&text);
        bencher.counter(BytesCount::of_str(&text)).bench_local(|| super::canonical(std::slice::from_ref(&file)));
    }

    #[divan::bench(args = SERVICES, sample_count = 10, sample_size = 1)]
    fn d_tree_of_two_files(bencher: divan::Bencher<'_, '_>, services: usize) {
        let text = project(services);
        let ((_one, first), (_two, second)) = (written(&text), written(&text));
        let files = [first, second];
        bencher.counter(BytesCount::new(text.len() * 2)).bench_local(|| super::tree(&files));
    }
}

/// The worked example: Let's Encrypt's Boulder.
mod boulder {
    use super::{BytesCount, Path, PathBuf};

    fn file() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/boulder/docker-compose.yml")
    }

    #[divan::bench(sample_count = 100)]
    fn a_events(bencher: divan::Bencher<'_, '_>) {
        let text = std::fs::read_to_string(file()).unwrap();
        bencher.counter(BytesCount::of_str(&text)).bench_local(|| super::events(&text));
    }

    #[divan::bench(sample_count = 100)]
    fn b_tree(bencher: divan::Bencher<'_, '_>) {
        bencher.bench_local(|| super::tree(&[file()]));
    }

    #[divan::bench(sample_count = 100)]
    fn c_canonical(bencher: divan::Bencher<'_, '_>) {
        bencher.bench_local(|| super::canonical(&[file()]));
    }
}
