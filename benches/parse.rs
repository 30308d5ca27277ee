//! How long loading takes: a project of ten thousand services (5 MB), and one of the size people have.
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::fmt::Write as _;

use compose2k8s::parse::{Selection, parse};
use compose2k8s::report::Report;
use compose2k8s::text::Sources;

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
             - cache-{number}:/cache:ro\n    healthcheck:\n      test: [\"CMD\", \"curl\", \"-f\", \"http://localhost:8080/\"]\n      \
             interval: 10s\n    networks: [front, back]\n",
            port = number % 60000 + 1000,
        )
        .unwrap();
    }
    text
}

#[divan::bench(args = [10, 10_000], sample_count = 10, sample_size = 1)]
fn load(bencher: divan::Bencher<'_, '_>, services: usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("compose.yaml");
    let text = project(services);
    std::fs::write(&file, &text).unwrap();
    let selection = Selection { files: vec![file], ..Selection::default() };
    bencher
        .counter(divan::counter::BytesCount::new(text.len()))
        .bench_local(|| parse(&selection, &mut Sources::new(), &mut Report::new()).unwrap());
}

#[divan::bench(args = [10, 10_000], sample_count = 10, sample_size = 1)]
fn load_two_files(bencher: divan::Bencher<'_, '_>, services: usize) {
    let folder = tempfile::tempdir().unwrap();
    let files = ["compose.yaml", "more.yaml"].map(|name| folder.path().join(name));
    let text = project(services);
    for file in &files {
        std::fs::write(file, &text).unwrap();
    }
    let selection = Selection { files: files.to_vec(), ..Selection::default() };
    bencher
        .counter(divan::counter::BytesCount::new(text.len() * 2))
        .bench_local(|| parse(&selection, &mut Sources::new(), &mut Report::new()).unwrap());
}
