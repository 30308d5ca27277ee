//! Overrides texts against small projects.

use std::path::{Path, PathBuf};

use super::*;
use crate::parse::{ProjectOptions, parse};
use crate::report::{self, Report, Stage, Stopped};
use crate::resolve::networks::Protocol;
use crate::resolve::{Project, canonical};
use crate::text::Sources;

/// What a project says, as far as overrides look at it.
const COMPOSE: &str = "\
name: shop
services:
  web:
    image: web
    user: node
    dns: 10.1.0.2
    volumes: [ ./site/:/site, ./web.conf:/etc/web.conf:ro, sockets:/run/web, plain:/plain ]
    networks: { back: { ipv4_address: 10.1.0.3 } }
  db:
    image: db
    volumes: [ sockets:/run/db ]
  certificates:
    image: tools
networks: { back: { ipam: { config: [ { subnet: 10.1.0.0/24 } ] } } }
volumes:
  sockets: { driver_opts: { type: tmpfs, device: tmpfs } }
  plain:
";

/// A Compose file as a project, without its profiles.
fn loaded(file: PathBuf) -> Project {
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let selection = ProjectOptions { files: vec![file], ..ProjectOptions::default() };
    let project = parse(&selection, &mut sources, &mut report)
        .and_then(|parsed| canonical(parsed, &selection, &mut sources, &mut report))
        .and_then(|canonical| crate::resolve::project(canonical, &mut report));
    project.unwrap_or_else(|Stopped| panic!("{:#?}", report.problems()))
}

/// A Compose text as a project in a folder.
fn project(compose: &str, folder: &Path) -> Project {
    let file = folder.join("compose.yaml");
    std::fs::write(&file, compose).unwrap();
    loaded(file)
}

/// The overrides of [`COMPOSE`], or the diagnostics as short lines.
fn chosen(text: &str) -> Result<Overrides, Vec<String>> {
    let (overrides, lines) = chosen_with_lines(text);
    overrides.map_err(|Stopped| lines)
}

/// The overrides of [`COMPOSE`], and the diagnostics as short lines.
fn chosen_with_lines(text: &str) -> (Result<Overrides, Stopped>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("o.yaml");
    std::fs::write(&file, text).unwrap();
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let overrides = choose(
        OverridesSelection { file: Some(&file), preset: None, without_file: false },
        &project(COMPOSE, folder.path()),
        crate::code,
        &mut sources,
        &mut report,
    );
    report.sort();
    let lines = report.problems().iter().map(|problem| {
        let line = report::short(problem, &sources);
        line.replace(file.to_str().unwrap(), "o.yaml")
    });
    (overrides, lines.collect())
}

/// The one note about a text whose overrides are usable, without its place.
fn note(text: &str) -> String {
    let (overrides, lines) = chosen_with_lines(text);
    assert!(overrides.is_ok(), "{text}: {lines:#?}");
    assert_eq!(lines.len(), 1, "{text}: {lines:#?}");
    lines[0].split_once("note[overrides::").expect("a note of this stage").1.to_owned()
}

/// The one problem of a text, without its place and severity.
fn problem(text: &str) -> String {
    let problems = chosen(text).expect_err(text);
    assert_eq!(problems.len(), 1, "{text}: {problems:#?}");
    problems[0].split_once("error[overrides::").expect("an error of this stage").1.to_owned()
}

#[test]
fn only_services_that_share_no_network_can_be_kept_apart() {
    let separation = "separation: { by: network-policies, because: b }\n";
    // `web` is on `back`, the others on the network that every project has.
    assert_eq!(chosen(separation).unwrap().separation.unwrap().value, Separation::NetworkPolicies);
    let setup = "setup: [ { service: web, before: [db], because: b } ]\n";
    assert_eq!(
        note(&format!("{separation}{setup}")),
        "separates_nobody]: `separation` says nothing: every service shares a network with every other one, and none is on \
         internal networks alone"
    );
    let unknown = chosen("separation: { by: firewall, because: b }").unwrap_err();
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    assert!(unknown[0].contains("unknown_choice]: `firewall` is not one of the choices here"), "{unknown:?}");
}

#[test]
fn entries_are_resolved_and_typed() {
    let overrides = chosen(
        "\
project: other
cluster: { name: c, service-subnet: 10.1.0.0/16, because: a }
helper-image: { image: tools, because: b }
networks: { back: { addresses: service, because: c } }
resolver: true
services:
  web:
    ports: [ { port: 53, protocol: udp, name: dns }, { port: 53 } ]
    data: { path: /var/data/, because: f }
    user: { uid: 1000, because: g }
    same-as: { kind: StatefulSet, name: front.end, container: app }
    mounts:
      /site/: { as: { configmap: folder }, because: h }
      /etc/web.conf: { as: { hostpath: File }, because: i }
volumes: { sockets: { writer: db, because: j } }
setup: [ { service: certificates, before: [ web, db ], because: k } ]
runs:
  test-k8s: { about: l, service: web, files: [ more.yaml ], command: [ ./t ], environment: { A: '' } }
accept:
  - { code: 'lower::no_equivalent', service: web, key: services.*.cgroup_parent, reason: m }
  - { code: 'lower::approximated', key: networks.*.driver, reason: n }
notes: [ { title: o, text: p } ]
workflows: { tests: { text: 'on: push' } }
",
    )
    .unwrap();
    assert_eq!(overrides.chosen, Chosen::Asked);
    assert_eq!(overrides.project.unwrap().value, "other");
    assert_eq!((overrides.cluster.node_image.as_deref(), overrides.cluster.node_image()), (None, NODE_IMAGE));
    assert_eq!(overrides.cluster.service_subnet.unwrap().value.to_string(), "10.1.0.0/16");
    let helper = overrides.helper_image.as_ref().unwrap();
    assert_eq!((helper.value.as_str(), helper.because.as_str()), ("tools", "b"));
    assert_eq!(overrides.networks["back"].addresses.value, Addresses::Service);
    assert!(overrides.resolver);
    let web = &overrides.services["web"];
    assert_eq!(
        web.ports.iter().map(|port| (port.port.value, port.protocol)).collect::<Vec<_>>(),
        [(53, Protocol::Udp), (53, Protocol::Tcp)]
    );
    let data = &web.data.as_ref().unwrap().value;
    assert_eq!((data.path.value.as_str(), data.size.as_str()), ("/var/data", "1Gi"));
    assert_eq!(web.user.as_ref().unwrap().value, (1000, None));
    assert_eq!(web.mounts["/site"].value.value, MountChoice::ConfigMapFolder);
    assert_eq!(web.mounts["/etc/web.conf"].value.value, MountChoice::HostPathType(HostPathType::File));
    let same = web.same_as.as_ref().unwrap();
    assert_eq!((same.kind, same.name.value.as_str()), (Some("StatefulSet"), "front.end"));
    assert_eq!(same.container.as_ref().unwrap().value, "app");
    assert_eq!(overrides.writers["sockets"].value.value.as_str(), "db");
    assert_eq!(overrides.setup[0].before.len(), 2);
    assert_eq!(overrides.runs[0].environment["A"], "");
    let keys: Vec<&str> = overrides.accept.iter().map(|accept| accept.key.as_ref().unwrap().value.as_str()).collect();
    assert_eq!(keys, ["cgroup_parent", "networks.*.driver"]);
}

#[test]
fn entries_about_absent_things_have_no_effect_and_give_a_note() {
    let absent = |names: &str| {
        format!("unknown_name]: entries of the overrides have no effect, because the project does not have: {names}")
    };
    for (text, expected) in [
        ("services: { wbe: { ports: [] } }", absent("service `wbe`")),
        ("networks: { front: { addresses: service, because: a } }", absent("network `front`")),
        ("volumes: { socket: { writer: db, because: a } }", absent("volume `socket`")),
        ("setup: [ { service: certs, before: [], because: a } ]", absent("service `certs`")),
        ("runs: { t: { about: a, service: app, command: [] } }", absent("service `app`")),
        (
            "services: { b: {}, a: {} }\nsetup: [ { service: b, before: [], because: a } ]",
            absent("service `b`, service `a`"),
        ),
        (
            "volumes: { plain: { writer: db, because: a } }",
            "writer_without_mount]: the service `db` does not mount the volume `plain`".to_owned(),
        ),
        (
            "services: { web: { mounts: { /sit: { as: { configmap: file }, because: a } } } }",
            "unknown_mount]: the service `web` has no bind mount at `/sit`".to_owned(),
        ),
        (
            "services: { web: { mounts: { /plain: { as: { configmap: file }, because: a } } } }",
            "unknown_mount]: the service `web` has no bind mount at `/plain`".to_owned(),
        ),
        (
            "services: { db: { user: { uid: 1, because: a } } }",
            "says_nothing]: `user` of `db` has no effect: the service has no `user` in the Compose file".to_owned(),
        ),
    ] {
        assert_eq!(note(text), expected);
    }
}

#[test]
fn entries_that_contradict_themselves_are_errors() {
    for (text, expected) in [
        (
            "setup: [ { service: db, before: [ web, db ], because: a } ]",
            "setup_before_itself]: the setup service `db` cannot run before itself",
        ),
        (
            "accept: [ { code: 'lower::no_equivalent', service: web, key: cgruop_parent, reason: a } ]",
            "unknown_compose_key]: `cgruop_parent` is not a key that the Compose Specification has there",
        ),
        (
            "accept: [ { code: 'lower::no_equivalent', key: image, reason: a } ]",
            "no_service_named]: `image` is a key of services, and the entry names no service",
        ),
        (
            "accept: [ { code: 'parse::not_yaml', reason: a } ]",
            "unacceptable_code]: `parse::not_yaml` cannot be accepted",
        ),
        (
            "zones: { a: { server: 10.0.0.1, because: a } }\nservices: { db: { dns: { as: zones, because: a } } }",
            "removed_keys]: overrides files no longer have `zones`, or `dns` of a service: the project resolver serves `dns` of \
             the Compose file",
        ),
        ("preset: bulder", "unknown_preset]: there is no preset `bulder`"),
    ] {
        assert_eq!(problem(text), expected);
    }
}

#[test]
fn facts_about_an_image_apply_to_every_service_that_uses_it() {
    let overrides = chosen(
        "images: { docker.io/library/db: { ports: [ { port: 5432 } ], data: { path: /var/db, because: a } } }\n\
         services: { db: { ports: [ { port: 1 } ] } }",
    )
    .unwrap();
    let db = &overrides.services["db"];
    assert_eq!(db.ports.iter().map(|port| port.port.value).collect::<Vec<_>>(), [1], "the service's own entry counts");
    assert_eq!(db.data.as_ref().unwrap().value.path.value, "/var/db");
    assert!(!overrides.services.contains_key("web"));
    let other_tag = chosen("images: { 'db:7*': { ports: [ { port: 5432 } ] } }").unwrap();
    assert!(!other_tag.services.contains_key("db"));
    let mounted = chosen("images: { db: { data: { path: /run/db/data, because: a } } }").unwrap();
    assert!(mounted.services["db"].data.is_none(), "the service mounts a volume there");
}

#[test]
fn a_preset_is_chosen_by_an_image_and_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (preset, text) = presets::PRESETS[0];
    let written = choose::built_in(preset, text, &mut Sources::new()).unwrap().1;
    let image = written.applies_to.unwrap().image.value;
    let compose = format!("name: other\nservices: {{ renamed: {{ image: '{image}:1' }} }}\n");
    let project = project(&compose, folder.path());
    let choice = |name: Option<&str>| {
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let selection = OverridesSelection { file: None, preset: name, without_file: false };
        let overrides = choose(selection, &project, crate::code, &mut sources, &mut report);
        overrides.map(|overrides| overrides.preset).map_err(|Stopped| report.problems()[0].code.name)
    };
    assert_eq!(choice(None), Ok(Some(preset.to_owned())));
    assert_eq!(choice(Some("none")), Ok(None));
    assert_eq!(choice(Some("nothing")), Err("overrides::unknown_preset"));
    std::fs::create_dir(folder.path().join("overrides")).unwrap();
    std::fs::write(folder.path().join("overrides/other.yaml"), "preset: none\n").unwrap();
    assert_eq!(choice(None), Ok(None));
    assert_eq!(choice(Some(preset)), Ok(Some(preset.to_owned())));
}

#[test]
fn names_addresses_sizes_and_paths_are_validated() {
    let wanted = |text: &str| problem(text).split_once("]: ").map(|(code, _)| code.to_owned()).unwrap();
    for (text, code) in [
        ("project: Shop", "not_a_name"),
        ("cluster: { name: a_b, because: a }", "not_a_name"),
        ("cluster: { service-subnet: 10.1.0.1/16, because: a }", "not_an_address"),
        ("cluster: { pod-subnet: 'fd00::/64', because: a }", "not_an_address"),
        ("services: { db: { ports: [ { port: 0 } ] } }", "unsuitable"),
        ("services: { db: { ports: [ { port: 1, name: A } ] } }", "not_a_name"),
        ("services: { db: { ports: [ { port: 1 }, { port: 1, protocol: tcp } ] } }", "given_twice"),
        ("services: { db: { ports: [ { port: 1, name: a }, { port: 2, name: a } ] } }", "given_twice"),
        ("services: { db: { data: { path: var, because: a } } }", "misplaced_path"),
        ("services: { db: { data: { path: /a/../b, because: a } } }", "misplaced_path"),
        ("services: { db: { data: { path: /, because: a } } }", "misplaced_path"),
        ("services: { db: { data: { path: /a, size: 1G, because: a } } }", "not_a_size"),
        ("services: { db: { same-as: { name: Db } } }", "not_a_name"),
        ("services: { db: { same-as: { name: db, container: a.b } } }", "not_a_name"),
        ("services: { db: { same-as: { name: a } }, web: { same-as: { name: a } } }", "given_twice"),
        ("services: { db: { same-as: { kind: Deploy, name: a } } }", "unknown_choice"),
        ("services: { db: { same-as: { kind: Pod } } }", "missing_key"),
        ("runs: { T: { about: a, service: db, command: [] } }", "not_a_name"),
        ("runs: { t: { about: a, service: db, pod: a_b, command: [] } }", "not_a_name"),
        ("runs: { t: { about: a, service: db, command: [], files: [ /etc/x ] } }", "misplaced_path"),
        ("runs: { t: { about: a, service: db, command: [], environment: { A-B: '' } } }", "not_a_name"),
        (
            "setup: [ { service: db, before: [], because: a } ]\nruns: { db: { about: a, service: web, command: [] } }",
            "given_twice",
        ),
        ("setup: [ { service: db, before: [], because: a }, { service: db, before: [], because: a } ]", "given_twice"),
    ] {
        assert_eq!(wanted(text), code, "{text}");
    }
}

#[test]
fn the_file_of_the_project_comes_before_a_preset_and_after_the_one_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let project = project(COMPOSE, folder.path());
    let choice = |explicit: Option<&str>| {
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let path = explicit.map(|name| folder.path().join(name));
        choose(
            OverridesSelection { file: path.as_deref(), preset: None, without_file: false },
            &project,
            crate::code,
            &mut sources,
            &mut report,
        )
        .map(|overrides| (overrides.chosen, overrides.project.map(|name| name.value)))
        .map_err(|Stopped| report.problems().iter().map(|problem| problem.code.name).collect::<Vec<_>>())
    };
    assert_eq!(choice(None), Ok((Chosen::None, None)));
    std::fs::create_dir(folder.path().join("overrides")).unwrap();
    std::fs::write(folder.path().join("overrides/shop.yaml"), "project: own\n").unwrap();
    assert_eq!(choice(None), Ok((Chosen::OfProject, Some("own".to_owned()))));
    std::fs::write(folder.path().join("asked.yaml"), "project: asked\n").unwrap();
    assert_eq!(choice(Some("asked.yaml")), Ok((Chosen::Asked, Some("asked".to_owned()))));
    assert_eq!(choice(Some("missing.yaml")), Err(vec!["parse::unreadable"]));
    assert_eq!(choice(Some("overrides")), Err(vec!["parse::unreadable"]));
    std::fs::write(folder.path().join("asked.yaml"), b"a: \xff\n").unwrap();
    assert_eq!(choice(Some("asked.yaml")), Err(vec!["parse::not_utf8"]));
    std::fs::write(folder.path().join("asked.yaml"), "a: [\n").unwrap();
    assert_eq!(choice(Some("asked.yaml")), Err(vec!["parse::not_yaml"]));
}

#[test]
fn each_preset_fits_its_miniature_and_nothing_in_it_is_out_of_place() {
    for (name, _) in presets::PRESETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
        let project = loaded(folder.join("docker-compose.yml"));
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let overrides = choose(OverridesSelection::default(), &project, crate::code, &mut sources, &mut report);
        let problems: Vec<String> = report.problems().iter().map(|problem| report::short(problem, &sources)).collect();
        assert_eq!(problems, Vec::<String>::new(), "{name}");
        let overrides = overrides.unwrap();
        assert_eq!(overrides.chosen, Chosen::Matched, "{name}");
        assert_eq!(overrides.origin, Some(format!("built-in preset {name}")));
        for (network, choice) in &project.networks {
            assert!(!choice.used || overrides.networks.contains_key(network) || network == "default", "{network}");
        }
        for run in &overrides.runs {
            for file in &run.files {
                assert!(folder.join(&file.value).is_file(), "{name}: {}", file.value);
            }
        }
    }
}

#[test]
fn a_copy_of_the_preset_in_the_project_directory_takes_precedence() {
    for (name, text) in presets::PRESETS {
        let folder = tempfile::tempdir().unwrap();
        let checkout = folder.path().join("checkout");
        std::fs::create_dir_all(checkout.join("overrides")).unwrap();
        let miniature = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).join("docker-compose.yml");
        std::fs::copy(miniature, checkout.join("docker-compose.yml")).unwrap();
        std::fs::write(checkout.join("overrides").join(format!("{name}.yaml")), text).unwrap();
        let project = loaded(checkout.join("docker-compose.yml"));
        assert_eq!(project.name, "checkout");
        let overrides =
            choose(OverridesSelection::default(), &project, crate::code, &mut Sources::new(), &mut Report::new())
                .unwrap();
        assert_eq!(overrides.chosen, Chosen::OfProject, "{name}");
        assert_eq!(overrides.origin, Some(format!("overrides/{name}.yaml")));
    }
}

#[test]
fn only_losses_of_the_translation_and_differences_can_be_accepted() {
    let of = |stage| crate::codes().filter(move |code| code.acceptable && code.stage == stage).count();
    assert!(of(Stage::Lower) > 20, "{}", of(Stage::Lower));
    assert_eq!(of(Stage::Check), 6);
    for stage in [Stage::Parse, Stage::Resolve, Stage::Overrides, Stage::Emit] {
        assert_eq!(of(stage), 0, "{}", stage.name());
    }
}
