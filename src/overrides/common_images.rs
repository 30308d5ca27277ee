//! The data directories of common images, built into the program.

use super::model::{CLAIM_SIZE, Data, Overrides, Reasoned, ServiceChoice};
use super::validate::images::{ImageName, is_mounted, matches_pattern};
use crate::resolve::Project;
use crate::text::Spanned;

/// Repositories with optional tag patterns, and the directory in which the image keeps its data, in order of precedence.
const DATA_DIRECTORIES: &[(&str, &str)] = &[
    // Version 18 of PostgreSQL moved the directory.
    ("postgres:9*", "/var/lib/postgresql/data"),
    ("postgres:10*", "/var/lib/postgresql/data"),
    ("postgres:11*", "/var/lib/postgresql/data"),
    ("postgres:12*", "/var/lib/postgresql/data"),
    ("postgres:13*", "/var/lib/postgresql/data"),
    ("postgres:14*", "/var/lib/postgresql/data"),
    ("postgres:15*", "/var/lib/postgresql/data"),
    ("postgres:16*", "/var/lib/postgresql/data"),
    ("postgres:17*", "/var/lib/postgresql/data"),
    ("postgres", "/var/lib/postgresql"),
    ("mysql", "/var/lib/mysql"),
    ("mariadb", "/var/lib/mysql"),
    ("percona", "/var/lib/mysql"),
    ("mongo", "/data/db"),
    ("redis", "/data"),
    ("valkey/valkey", "/data"),
    ("rabbitmq", "/var/lib/rabbitmq"),
    ("elasticsearch", "/usr/share/elasticsearch/data"),
    ("docker.elastic.co/elasticsearch/elasticsearch", "/usr/share/elasticsearch/data"),
    ("opensearchproject/opensearch", "/usr/share/opensearch/data"),
    ("minio/minio", "/data"),
    ("cassandra", "/var/lib/cassandra"),
    ("clickhouse/clickhouse-server", "/var/lib/clickhouse"),
    ("neo4j", "/data"),
];

/// Returns the data directories of the services that use a common image and mount nothing there, so that their data
/// survives the replacement of the pod, as it survives in Docker.
pub(super) fn data_directories(project: &Project) -> Overrides {
    let mut overrides = Overrides::none();
    for (name, service) in &project.services {
        let reference = &service.process.image.reference;
        let image = ImageName::new(&reference.value);
        let is_of = |known: &str| {
            let ImageName { repository, tag: pattern } = ImageName::new(known);
            repository == image.repository && matches_pattern(pattern.unwrap_or("*"), image.tag.unwrap_or("latest"))
        };
        let Some((_, path)) = DATA_DIRECTORIES.iter().find(|(known, path)| is_of(known) && !is_mounted(service, path))
        else {
            continue;
        };
        let data = Data {
            path: Spanned::new((*path).to_owned(), reference.span),
            size: CLAIM_SIZE.to_owned(),
            built_in: true,
        };
        let mut choice = ServiceChoice::new(Spanned::new(name.clone(), reference.span));
        choice.data = Some(Reasoned { value: data, because: "The image keeps its data here.".to_owned() });
        overrides.services.insert(name.clone(), choice);
    }
    overrides
}
