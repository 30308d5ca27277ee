//! Reads the seccomp profile of `security_opt: seccomp:FILE` from the host.
//!
//! As in Docker Compose, `name=value` takes precedence over `name:value`, and relative paths start from the project
//! directory even in included files.
//! <https://github.com/docker/compose/blob/main/pkg/compose/create.go> (`parseSecurityOpts`)

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::resolve::host_paths;
use crate::resolve::model::host_path::HostPath;
use crate::resolve::model::seccomp::{Found, Profile, name_and_value};
use crate::text::Spanned;

/// Returns the profile of the last `seccomp` option, which is the one that Docker uses.
pub(crate) fn profile(options: &[Spanned<String>], directory: &Path) -> Option<Spanned<Profile>> {
    let mut last_first = options.iter().rev().map(|option| (option, name_and_value(&option.value)));
    let (option, (_, value)) = last_first.find(|(_, (name, _))| *name == "seccomp")?;
    // Keywords of Docker, not paths.
    if matches!(value, "" | "unconfined" | "builtin") {
        return None;
    }
    let path = host_paths::host_path(value);
    let found = match &path {
        HostPath::Project(below) => found(&directory.join(below)),
        HostPath::Absolute(path) => found(&PathBuf::from(path)),
        HostPath::Home(_) => Found::Unseen,
    };
    Some(Spanned::new(Profile { path, found }, option.span))
}

/// The size limit of a profile; Docker's default profile has 14 KB.
const LARGEST: u64 = 4 * 1024 * 1024;

fn found(path: &Path) -> Found {
    let text = match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Found::Unfit("does not exist".to_owned());
        }
        Ok(about) if !about.is_file() => return Found::Unfit("is no file".to_owned()),
        Ok(about) if about.len() > LARGEST => return Found::Unfit("is larger than 4 MiB".to_owned()),
        Ok(_) | Err(_) => std::fs::read_to_string(path),
    };
    let text = match text {
        Ok(text) => text,
        Err(error) => return Found::Unfit(format!("cannot be read: {error}")),
    };
    match serde_json::from_str::<Value>(&text) {
        Ok(Value::Object(profile)) => {
            let keys = of_docker(&profile);
            if keys.is_empty() { Found::Profile } else { Found::OfDocker(keys) }
        }
        Ok(_) => Found::Unfit("is no JSON object".to_owned()),
        Err(error) => Found::Unfit(format!("is not JSON: {error}")),
    }
}

/// Returns the keys of Docker's profile format, which OCI runtimes ignore.
/// <https://github.com/moby/profiles/blob/main/seccomp/seccomp.go>
/// <https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp>
fn of_docker(profile: &Map<String, Value>) -> Vec<String> {
    let holds = |value: &Value| match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => !value.is_null(),
    };
    let rules = profile.get("syscalls").and_then(Value::as_array);
    let rules: Vec<&Map<String, Value>> = rules.into_iter().flatten().filter_map(Value::as_object).collect();
    let of_rules = ["includes", "excludes", "name"].into_iter().filter(|key| {
        let given = |rule: &&Map<String, Value>| rule.get(*key).is_some_and(holds);
        rules.iter().any(given)
    });
    let archs = profile.get("archMap").filter(|archs| holds(archs)).map(|_| "archMap");
    archs.into_iter().chain(of_rules).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Sources, Span};

    #[test]
    fn an_equals_sign_takes_precedence_over_a_colon() {
        for (option, parts) in [
            ("label:user:x", ("label", "user:x")),
            ("apparmor=a:b", ("apparmor", "a:b")),
            ("seccomp:a=b", ("seccomp:a", "b")),
            ("no-new-privileges", ("no-new-privileges", "")),
        ] {
            assert_eq!(name_and_value(option), parts);
        }
    }

    #[test]
    fn profiles_are_read_and_invalid_ones_have_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let span = Span { source: Sources::new().add("", None, ""), start: 0, end: 0 };
        let of = |options: &[&str]| {
            let options: Vec<Spanned<String>> =
                options.iter().map(|&text| Spanned::new(text.to_owned(), span)).collect();
            profile(&options, folder.path()).map(|profile| profile.value.found)
        };
        let write = |text: &str| std::fs::write(folder.path().join("p.json"), text).unwrap();
        assert_eq!(of(&["seccomp:p.json"]), Some(Found::Unfit("does not exist".to_owned())));
        assert_eq!(of(&["seccomp=."]), Some(Found::Unfit("is no file".to_owned())));
        write(r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}"#);
        assert_eq!(of(&["seccomp:unconfined", "no-new-privileges", "seccomp=./p.json"]), Some(Found::Profile));
        assert_eq!(of(&["seccomp=./p.json", "seccomp:builtin"]), None);
        assert_eq!(of(&["seccomp=~/p.json"]), Some(Found::Unseen));
        // The name of this option is `seccomp:a`, which Docker does not know.
        assert_eq!(of(&["seccomp:a=p.json"]), None);
        write(r#"{"archMap": [{}], "syscalls": [{"name": "x", "includes": {"caps": ["A"]}, "excludes": {}}]}"#);
        let keys = ["archMap", "includes", "name"].map(str::to_owned).to_vec();
        assert_eq!(of(&["seccomp:p.json"]), Some(Found::OfDocker(keys)));
        write("[]");
        assert_eq!(of(&["seccomp:p.json"]), Some(Found::Unfit("is no JSON object".to_owned())));
        write("{");
        assert!(matches!(of(&["seccomp:p.json"]), Some(Found::Unfit(why)) if why.starts_with("is not JSON: ")));
    }
}
