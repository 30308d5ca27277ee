//! Rules between keys: required keys, exclusive keys, declared names.

use super::cycles;
use super::project::Canonical;
use super::short_forms;
use crate::keys::Key;
use crate::parse::{Entry, Mapping, Tree};
use crate::report::{Report, did_you_mean};
use crate::resolve::problem::Problem;
use crate::resolve::value_format::{ScalarValue, ValueFormat, is_true, scalar_string};
use crate::text::Span;

/// Checks volumes, configs and secrets.
pub(super) fn resources(tree: &Tree, report: &mut Report) {
    let section = |key: &str| tree.get(key).and_then(Tree::as_mapping).into_iter().flat_map(Mapping::iter);
    for (name, entry) in section("volumes") {
        if !is_true(entry.value.get("external")) {
            continue;
        }
        for (key, other) in entry.value.as_mapping().into_iter().flat_map(Mapping::iter) {
            if !matches!(key, "name" | "external") && !key.starts_with("x-") {
                let (name, key) = (name.to_owned(), key.to_owned());
                report.add(Problem::ExternalConflict { what: "volume", name, key, at: other.key });
            }
        }
    }
    for (name, entry) in section("configs") {
        content("config", name, entry, &["file", "environment", "content"], report);
    }
    for (name, entry) in section("secrets") {
        content("secret", name, entry, &["file", "environment"], report);
    }
}

fn content(what: &'static str, name: &str, entry: &Entry, keys: &[&str], report: &mut Report) {
    let given: Vec<(&str, Span)> =
        keys.iter().filter_map(|key| entry.value.as_mapping()?.get(key).map(|found| (*key, found.key))).collect();
    if let [(left, at), (right, other), ..] = given.as_slice() {
        let (left, right) = ((*left).to_owned(), (*right).to_owned());
        report.add(Problem::Exclusive { place: format!("the {what} `{name}`"), left, right, at: *at, other: *other });
        return;
    }
    let external = entry.value.get("external");
    let outside = if what == "config" { external.is_some() } else { is_true(external) };
    // An empty variable name is no source.
    let empty = what == "secret" && entry.value.get("environment").is_some_and(|name| scalar_string(name).is_empty());
    if (given.is_empty() || empty) && !outside {
        let ways = if what == "config" { "`file`, `environment` or `content`" } else { "`file` or `environment`" };
        report.add(Problem::NoContent { what, name: name.to_owned(), ways, at: entry.key });
    }
}

/// Checks single keys of all services, active or not.
pub(super) fn forms(tree: &Tree, report: &mut Report) {
    let services = tree.get("services").and_then(Tree::as_mapping);
    for (name, entry) in services.into_iter().flat_map(Mapping::iter) {
        let place = format!("service `{name}`");
        let list = |path: &[&str]| {
            path.iter()
                .try_fold(&entry.value, |tree, key| tree.get(key))
                .and_then(Tree::as_sequence)
                .unwrap_or_default()
        };
        for port in list(&["ports"]) {
            if let Some(ip) = port.get("host_ip")
                && !short_forms::is_ip(&scalar_string(ip))
            {
                let why = format!("`{}` is not an IP address", scalar_string(ip));
                report.add(Problem::NotPossible { place: place.clone(), why, at: ip.span });
            }
        }
        for mount in list(&["volumes"]) {
            if mount.get("type").is_some_and(|kind| scalar_string(kind) == "bind") && mount.get("source").is_none() {
                let place = format!("a bind mount of {place}");
                report.add(Problem::MissingKey { key: "source".to_owned(), place, at: mount.span });
            }
        }
        for rule in list(&["develop", "watch"]) {
            if let Some(path) = rule.get("path").filter(|path| scalar_string(path).is_empty()) {
                let why = "a watched path is empty".to_owned();
                report.add(Problem::NotPossible { place: place.clone(), why, at: path.span });
            }
        }
        for request in list(&["gpus"]).iter().chain(list(&["deploy", "resources", "reservations", "devices"])) {
            exclusive(&place, request, "count", "device_ids", report);
        }
    }
}

fn exclusive(place: &str, tree: &Tree, left: &str, right: &str, report: &mut Report) {
    let Some(keys) = tree.as_mapping() else { return };
    if let (Some(one), Some(other)) = (keys.get(left), keys.get(right)) {
        report.add(Problem::Exclusive {
            place: place.to_owned(),
            left: left.to_owned(),
            right: right.to_owned(),
            at: one.key,
            other: other.key,
        });
    }
}

/// Checks the active services.
pub(super) fn services(canonical: &Canonical, report: &mut Report) {
    for (name, entry) in canonical.active() {
        service(canonical, name, entry, report);
    }
    cycles::find(canonical, report);
}

/// Checks one service.
pub(super) fn service(canonical: &Canonical, name: &str, entry: &Entry, report: &mut Report) {
    Rules { canonical, name, entry, service: &entry.value, report }.all();
}

struct Rules<'a> {
    canonical: &'a Canonical,
    name: &'a str,
    entry: &'a Entry,
    service: &'a Tree,
    report: &'a mut Report,
}

impl Rules<'_> {
    fn all(&mut self) {
        let empty = |tree: Option<&Tree>| tree.is_none_or(|tree| scalar_string(tree).is_empty());
        let built = self.service.get("build").is_some();
        if !built && empty(self.service.get("image")) && self.service.get("provider").is_none() {
            self.report.add(Problem::NoImage { service: self.name.to_owned(), at: self.entry.key });
        }
        self.build();
        self.networks();
        self.health();
        self.waits();
        self.materials();
        self.numbers();
        self.mounts();
        self.watch();
    }

    fn place(&self) -> String {
        format!("service `{}`", self.name)
    }

    /// Returns the items of the list at a path below the service; none if there is no list.
    fn sequence_at(&self, path: &[&str]) -> &[Tree] {
        let tree = path.iter().try_fold(self.service, |tree, key| tree.get(key));
        tree.and_then(Tree::as_sequence).unwrap_or_default()
    }

    fn not_possible(&mut self, why: String, at: Span) {
        self.report.add(Problem::NotPossible { place: self.place(), why, at });
    }

    /// Reports a name that is not declared below a top-level key.
    fn declared(&mut self, what: &'static str, section: &str, name: &str, at: Span) {
        if self.canonical.declared(section, name).is_some() {
            return;
        }
        let known = self.canonical.section(section).map(|(name, _)| name);
        let suggestion = did_you_mean(name, known).unwrap_or_else(|| format!("declare it below `{section}:`"));
        let (name, service) = (name.to_owned(), self.name.to_owned());
        self.report.add(Problem::Undefined { what, name, service, at, suggestion });
    }

    /// Returns an active service; reports it if it is missing or inactive.
    fn service_named(&mut self, name: &str, at: Span) -> Option<Tree> {
        match self.canonical.declared("services", name) {
            Some(entry) if self.canonical.is_active(&entry.value) => Some(entry.value.clone()),
            Some(entry) => {
                let written = entry.value.get("profiles");
                let asleep = written.map_or(entry.key, |written| written.span);
                let profiles: Vec<String> = written
                    .and_then(Tree::as_sequence)
                    .unwrap_or_default()
                    .iter()
                    .map(|profile| format!("`{}`", scalar_string(profile)))
                    .collect();
                let (service, on, profiles) = (self.name.to_owned(), name.to_owned(), profiles.join(", "));
                self.report.add(Problem::InactiveDependency { service, on, profiles, at, asleep });
                None
            }
            None => {
                self.declared("service", "services", name, at);
                None
            }
        }
    }

    fn build(&mut self) {
        let Some(build) = self.service.get("build") else { return };
        let filled = |key: &str| build.get(key).is_some_and(|tree| !scalar_string(tree).is_empty());
        if filled("dockerfile") && filled("dockerfile_inline") {
            exclusive(
                &format!("`build` of service `{}`", self.name),
                build,
                "dockerfile",
                "dockerfile_inline",
                self.report,
            );
        }
        for (name, entry) in
            build.get("additional_contexts").and_then(Tree::as_mapping).into_iter().flat_map(Mapping::iter)
        {
            let text = scalar_string(&entry.value);
            let Some(target) = text.strip_prefix("service:") else { continue };
            if let Some(other) = self.service_named(target, entry.value.span)
                && other.get("build").is_none()
            {
                let why = format!("the context `{name}` is service `{target}`, which is not built");
                self.not_possible(why, entry.value.span);
            }
        }
        let platforms = self.sequence_at(&["build", "platforms"]);
        if let Some(platform) = self.service.get("platform").filter(|tree| !scalar_string(tree).is_empty())
            && !platforms.is_empty()
            && !platforms.iter().any(|other| scalar_string(other) == scalar_string(platform))
        {
            let why = format!("`build.platforms` does not have its `platform`, `{}`", scalar_string(platform));
            self.not_possible(why, platform.span);
        }
        for secret in self.sequence_at(&["build", "secrets"]).to_vec() {
            self.source("build secret", "secrets", &secret);
        }
    }

    fn networks(&mut self) {
        let mode = self.service.get("network_mode").filter(|mode| !scalar_string(mode).is_empty());
        let networks = self.service.get("networks").and_then(Tree::as_mapping);
        if mode.is_some() && networks.is_some_and(|networks| !networks.is_empty()) {
            exclusive(&self.place(), self.service, "network_mode", "networks", self.report);
        }
        for (name, entry) in networks.into_iter().flat_map(Mapping::iter) {
            self.declared("network", "networks", name, entry.key);
        }
        // `waits` checks a required dependency, but Docker Compose does not start the service without the other's network
        // even if the dependency is not required.
        if let Some(mode) = mode
            && let Some(name) = scalar_string(mode).strip_prefix("service:")
            && !is_true(self.service.get("depends_on").and_then(|waits| waits.get(name)?.get("required")))
        {
            self.service_named(name, mode.span);
        }
    }

    fn health(&mut self) {
        if let Some(first) = self.sequence_at(&["healthcheck", "test"]).first()
            && !matches!(scalar_string(first).as_str(), "CMD" | "CMD-SHELL" | "NONE")
        {
            let (path, text) = (format!("services.{}.healthcheck.test", self.name), scalar_string(first));
            let expected = "a first word of `CMD`, `CMD-SHELL` or `NONE`".to_owned();
            self.report.add(Problem::WrongValue { path, text, expected, at: first.span });
        }
    }

    fn waits(&mut self) {
        for (name, entry) in
            self.service.get("depends_on").and_then(Tree::as_mapping).into_iter().flat_map(Mapping::iter)
        {
            let required = is_true(entry.value.get("required"));
            let inactive =
                self.canonical.declared("services", name).is_some_and(|other| !self.canonical.is_active(&other.value));
            if required || !inactive {
                self.service_named(name, entry.key);
            }
        }
    }

    fn source(&mut self, what: &'static str, section: &str, grant: &Tree) {
        if let Some(source) = grant.get("source") {
            self.declared(what, section, &scalar_string(source), source.span);
        } else {
            let (key, place) = ("source".to_owned(), format!("a {what} of {}", self.place()));
            self.report.add(Problem::MissingKey { key, place, at: grant.span });
        }
    }

    fn materials(&mut self) {
        for config in self.sequence_at(&["configs"]).to_vec() {
            self.source("config", "configs", &config);
        }
        for secret in self.sequence_at(&["secrets"]).to_vec() {
            self.source("secret", "secrets", &secret);
        }
        for mount in self.sequence_at(&["volumes"]).to_vec() {
            let kind = mount.get("type").map(scalar_string).unwrap_or_default();
            if let Some(source) =
                mount.get("source").filter(|source| kind == "volume" && !scalar_string(source).is_empty())
            {
                self.declared("volume", "volumes", &scalar_string(source), source.span);
            }
        }
        for (name, entry) in self.service.get("models").and_then(Tree::as_mapping).into_iter().flat_map(Mapping::iter) {
            self.declared("model", "models", name, entry.key);
        }
    }

    /// Returns the number at a path, 0 if it is missing, and its location.
    fn number(&self, path: &[&str], form: ValueFormat) -> (f64, Option<Span>) {
        let Some(tree) = path.iter().try_fold(self.service, |tree, key| tree.get(key)) else { return (0.0, None) };
        #[allow(clippy::cast_precision_loss, reason = "only equality and sign are asked")]
        let number = match form.parse(tree) {
            Ok(ScalarValue::Whole(number)) => number as f64,
            Ok(ScalarValue::Bytes(bytes)) => bytes as f64,
            Ok(ScalarValue::Float(number)) => f64::from(number),
            Ok(ScalarValue::Text(_) | ScalarValue::Flag(_) | ScalarValue::Duration(_) | ScalarValue::Mode(_))
            | Err(_) => 0.0,
        };
        (number, Some(tree.span))
    }

    fn numbers(&mut self) {
        let form = |key: Key| ValueFormat::for_key(key).unwrap_or(ValueFormat::Hidden);
        let whole = form(Key::Scale);
        let scale = self.number(&["scale"], whole);
        let replicas = self.number(&["deploy", "replicas"], whole);
        self.agree(scale, replicas, "scale", "deploy.replicas");
        for (number, at) in [scale, replicas] {
            if let Some(at) = at.filter(|_| number < 0.0) {
                self.not_possible("it cannot run less than no times".to_owned(), at);
            }
        }
        for (key, resource, other) in [
            (Key::Cpus, "limits", "cpus"),
            (Key::MemLimit, "limits", "memory"),
            (Key::MemReservation, "reservations", "memory"),
            (Key::PidsLimit, "limits", "pids"),
        ] {
            let own = self.number(&[key.name()], form(key));
            let resources = ["deploy", "resources", resource];
            let Some(there) = resources.iter().try_fold(self.service, |tree, key| tree.get(key)) else { continue };
            if own.0 == 0.0 {
                continue;
            }
            let (value, at) = self.number(&["deploy", "resources", resource, other], form(key));
            self.agree(
                own,
                (value, at.or(Some(there.span))),
                key.name(),
                &format!("deploy.resources.{resource}.{other}"),
            );
        }
        let count = if scale.1.is_some() { scale } else { replicas };
        if let (true, Some(at), Some(name)) = (count.0 > 1.0, count.1, self.service.get("container_name")) {
            let (service, count) = (self.name.to_owned(), count.0.to_string());
            self.report.add(Problem::ScaledName { service, count, at, name: name.span });
        }
    }

    fn agree(&mut self, left: (f64, Option<Span>), right: (f64, Option<Span>), one: &str, two: &str) {
        #[allow(clippy::float_cmp, reason = "the official loader compares them so")]
        if let (true, (Some(at), Some(other))) = (left.0 != right.0, (left.1, right.1)) {
            let (place, left, right) = (self.place(), one.to_owned(), two.to_owned());
            self.report.add(Problem::Disagree { place, left, right, at, other });
        }
    }

    fn mounts(&mut self) {
        let mut known: Vec<(String, Span)> = Vec::new();
        let tmpfs = self.sequence_at(&["tmpfs"]).iter().map(|mount| {
            let text = scalar_string(mount);
            (text.split(':').next().unwrap_or_default().to_owned(), mount.span)
        });
        let volumes = self.sequence_at(&["volumes"]).iter().filter_map(|mount| {
            let target = mount.get("target")?;
            Some((scalar_string(target), target.span))
        });
        let all: Vec<(String, Span)> = tmpfs.chain(volumes).collect();
        for (target, at) in all {
            match known.iter().find(|(other, _)| *other == target) {
                Some((_, first)) => {
                    let (service, first) = (self.name.to_owned(), *first);
                    self.report.add(Problem::MountedTwice { service, target, at, first });
                }
                None => known.push((target, at)),
            }
        }
    }

    fn watch(&mut self) {
        for rule in self.sequence_at(&["develop", "watch"]).to_vec() {
            let action = rule.get("action").map(scalar_string).unwrap_or_default();
            let target = rule.get("target").map(scalar_string).unwrap_or_default();
            if target.is_empty() && !matches!(action.as_str(), "rebuild" | "restart") {
                let place = format!("a watch rule of service `{}`, whose action is `{action}`,", self.name);
                self.report.add(Problem::MissingKey { key: "target".to_owned(), place, at: rule.span });
            }
        }
    }
}
