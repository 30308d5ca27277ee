//! The scripts of the output: `k8s-up.sh` and others, and the wrappers of runs.
//!
//! Input: the plan of the [`Objects`]. Output: shell scripts for bash 3.2.
//!
//! Invariant: only `scripts/project.sh` depends on the project. All other scripts are the same for all projects.
//! Invariant: no value of the project reaches a shell unquoted.

mod fixed;
mod quote;
mod table;
mod verify;
mod wrapper;

use fixed::{Fixed, HEADER_LINE, SCRIPTS};

use crate::emit::files::{File, Files};
use crate::emit::header;
use crate::emit::manifests::rendered_service::RenderedService;
use crate::emit::metadata::OutputMetadata;
use crate::lower::objects::Objects;
use crate::vocabulary::file;

pub use verify::{OPTIONAL_SCRIPT, is_script_of_this_version, script_paths};

/// Adds the scripts of the output and the wrappers of its runs.
pub(super) fn add_scripts(objects: &Objects<RenderedService>, metadata: &OutputMetadata, files: &mut Files) {
    let header = header::hash(metadata);
    for Fixed(path, text, executable) in SCRIPTS {
        let text = text.replacen(HEADER_LINE, &header, 1);
        files.kit.insert(path.to_owned(), File::plain(text).with_executable(executable));
    }
    let text = table::project(objects, metadata);
    files.kit.insert(file::PROJECT_SCRIPT.to_owned(), File::plain(text));
    if let Some(text) = table::secret_templates(objects, metadata) {
        files.kit.insert(file::SECRETS_TEMPLATES.to_owned(), File::plain(text).private());
    }
    for run in &objects.runs {
        if let Some(wrapper) = &run.wrapper {
            let text = wrapper::wrapper(&run.run, wrapper, metadata);
            files.project.insert(format!("{}.sh", run.run), File::plain(text).with_executable(true));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{TOOL, annotation, label};

    #[test]
    fn fixed_scripts_have_a_line_for_the_header() {
        for Fixed(path, text, executable) in SCRIPTS {
            let second = text.split_inclusive('\n').nth(1);
            assert_eq!(second, Some(HEADER_LINE), "{path}");
            assert_eq!(text.matches(HEADER_LINE).count(), 1, "{path}");
            let first = if executable { "#!/usr/bin/env bash\n" } else { "# shellcheck shell=bash" };
            assert!(text.starts_with(first), "{path}");
            assert!(text.ends_with('\n') && text.lines().count() < 400, "{path}");
        }
    }

    #[test]
    fn every_sourced_script_is_in_the_output() {
        let in_kit: Vec<&str> = SCRIPTS.iter().map(|Fixed(path, ..)| *path).chain([file::PROJECT_SCRIPT]).collect();
        let mut read = 0;
        for Fixed(path, text, _) in SCRIPTS {
            for source in text.lines().filter_map(|line| line.trim_start().strip_prefix("# shellcheck source=")) {
                // The file with the templates of Secrets is not in every output, so shellcheck cannot follow it.
                if source == "/dev/null" {
                    assert!(text.contains(&format!(". \"$kit/{}\"\n", file::SECRETS_TEMPLATES)), "{path}");
                    continue;
                }
                read += 1;
                assert!(in_kit.contains(&format!("scripts/{source}").as_str()), "{path} reads {source}");
            }
        }
        assert!(read > 15);
    }

    /// Returns the names with a prefix in a script. A backslash before a slash, as in awk, is ignored.
    fn names_with_prefix(script: &str, prefix: &str) -> Vec<String> {
        let script = script.replace("\\/", "/");
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "/.-_*".contains(letter);
        let rests = script.split(prefix).skip(1);
        rests
            .map(|rest| {
                let rest: String = rest.chars().take_while(|letter| is_part(*letter)).collect();
                format!("{prefix}{}", rest.trim_end_matches(['.', '-', '*']))
            })
            .collect()
    }

    #[test]
    fn the_scripts_use_the_annotations_and_labels_of_the_vocabulary() {
        let network = label::network(label::NETWORK_PREFIX);
        let mut expected = vec![
            label::NAME,
            label::PART_OF,
            label::MANAGED_BY,
            annotation::SERVICE,
            annotation::IMAGE,
            annotation::IMAGE_ID,
            annotation::LIVE_HASH,
            annotation::HOST_GATEWAY,
            annotation::RUNTIME_SPEC,
            network.trim_end_matches('-'),
        ];
        let all: String = SCRIPTS.iter().map(|Fixed(_, text, _)| *text).collect();
        let mut used = names_with_prefix(&all, &format!("{TOOL}/"));
        used.retain(|name| !name.ends_with('/'));
        used.extend(names_with_prefix(&all, "app.kubernetes.io/"));
        used.sort();
        used.dedup();
        expected.sort_unstable();
        assert_eq!(used, expected);
        let variable = format!("namespace_file={}\n", file::NAMESPACE);
        assert!(SCRIPTS.iter().any(|Fixed(_, text, _)| text.contains(&variable)), "{variable}");
        for (use_of_label, count) in [
            (format!("{}={TOOL}", label::MANAGED_BY), 1),
            (format!("{}: {TOOL}\"", label::MANAGED_BY), 1),
            (format!(r#"\"{}\": \"{TOOL}\""#, label::MANAGED_BY), 1),
            (format!("field-manager={TOOL}"), 1),
            (format!("/.local/state}}/{TOOL}/$cluster"), 1),
        ] {
            assert_eq!(all.matches(&use_of_label).count(), count, "{use_of_label}");
        }
    }

    #[test]
    fn the_scripts_use_the_file_names_of_the_vocabulary() {
        let expected = [
            file::KIND_CONFIG.to_owned(),
            file::manifest("$1"),
            file::manifest("$name"),
            file::manifest("$resolver_name"),
            file::run("$1"),
            file::run("$chosen_run"),
            file::run("$name"),
            file::secret("$1"),
            "secrets/kustomization.secret.yaml".to_owned(),
            file::SECRETS_TEMPLATES.to_owned(),
            file::service("$1"),
            file::service("$name"),
            file::service("$resolver_name"),
        ];
        let mut used: Vec<String> = Vec::new();
        for Fixed(path, text, _) in SCRIPTS {
            for rest in text.split("$kit/").skip(1).filter(|rest| !rest.starts_with('$')) {
                let name = rest.split(['"', ' ', '\n', ',', ')', ';']).next().unwrap();
                let folder = name.split('/').next().unwrap();
                assert!(file::FOLDERS.contains(&folder), "{path}: {name}");
                used.push(name.to_owned());
            }
        }
        used.sort();
        used.dedup();
        assert_eq!(used, expected);
    }

    /// macOS has bash 3.2.
    #[test]
    fn the_scripts_keep_to_bash_3_2() {
        for Fixed(path, text, _) in SCRIPTS {
            for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
                for word in [
                    "declare -A",
                    "local -A",
                    "mapfile",
                    "readarray",
                    "wait -n",
                    "^^}",
                    ",,}",
                    "EPOCH",
                    "BASHPID",
                    "|&",
                    "&>>",
                    "local -n",
                    "declare -n",
                    "coproc",
                    "eval ",
                    "[-1]}",
                    "printf -v",
                    "%(%",
                    "@Q}",
                ] {
                    assert!(!line.contains(word), "{path}: `{word}` in {line}");
                }
            }
        }
    }

    /// Prints values of the table with a shell.
    fn read_back(table: &str, print: &str) -> String {
        let words = include_str!("lib/table.sh").split_once("project() {").unwrap().0;
        let rest = include_str!("lib/table.sh").split_once("# NAME COMPOSE-NAME KIND").unwrap().1;
        let script = format!("set -eu\n{words}project() {{ checkout=/c; kit=$1; }}\n#{rest}\n{table}\n{print}");
        let output = std::process::Command::new("bash").args(["-c", &script]).env("HOME", "/h").output().unwrap();
        assert!(output.status.success(), "{}\n{table}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[test]
    fn a_shell_reads_the_values_of_the_table() {
        let text = table::project(&crate::emit::sample::rendered(), &crate::emit::sample::metadata());
        assert!(is_ours_on_its_second_line(&text));
        let read = read_back(
            &text,
            "echo \"$kit $cluster $namespace ${service_names[*]} ${depends[*]} ${fixed_addresses[*]} $resolver_name\"",
        );
        assert_eq!(read, ".. shop shop store web  store 10.9.0.5 resolver\n");
    }

    fn is_ours_on_its_second_line(text: &str) -> bool {
        text.lines().nth(1).is_some_and(|line| line.starts_with("# Generated by compose2k8s"))
            && crate::emit::header::is_ours(text)
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 40, failure_persistence: None, ..Default::default() })]
        #[test]
        fn no_value_leaves_its_quotes(values in proptest::collection::vec("[ -~\n\t$`\"'\\\\#é☃]{1,30}", 8)) {
            use crate::lower::objects::{LiveConfigOrSecret, LiveSource, Name};
            use crate::resolve::ServiceName;
            use crate::resolve::process::ImageTemplate;
            use crate::resolve::volumes::HostPath;
            let mut objects = crate::emit::sample::rendered();
            let mut metadata = crate::emit::sample::metadata();
            objects.project = values[0].clone();
            metadata.compose_files = vec![values[1].clone(), values[2].clone()];
            metadata.project = format!("../{}", values[3]);
            metadata.sources = vec![values[4].clone()];
            objects.plan.folders = vec![HostPath::Project(values[2].clone()), HostPath::Home(values[5].clone())];
            objects.plan.folders.push(HostPath::Absolute(format!("/{}", values[6])));
            let template = ImageTemplate { text: values[7].clone(), variables: vec![("TAG".to_owned(), values[3].clone())] };
            objects.plan.built = vec![(template, ServiceName::in_test("web"))];
            objects.plan.services[0].profiles = vec![values[6].clone()];
            objects.plan.configs_and_secrets = vec![LiveConfigOrSecret {
                name: Name::in_test("password"),
                secret: true,
                key: "key".to_owned(),
                from: LiveSource::Variable(values[5].clone()),
            }];
            let text = table::project(&objects, &metadata);
            let read = read_back(
                &text,
                "printf '%s\\0' \"$compose_project\" \"${compose_files[@]}\" \"$kit\" \"${folders[@]}\" \"${built_texts[@]}\" \"${recorded_values[@]}\" \"${profiles[0]}\" \"${live_sources[@]}\"",
            );
            let expected = [
                values[0].clone(), values[1].clone(), values[2].clone(), format!("../{}", values[3]),
                format!("/c/{}", values[2]), format!("/h/{}", values[5]), format!("/{}", values[6]),
                values[7].clone(), format!("TAG={}", values[3]), values[6].clone(), values[5].clone(),
            ];
            proptest::prop_assert_eq!(read.split_terminator('\0').collect::<Vec<_>>(), expected);
            let wrapper = crate::lower::objects::Wrapper {
                about: values[0].clone(),
                command: values.clone(),
                environment: vec![("NAME".to_owned(), values[1].clone())],
                setup: vec![values[2].clone()],
            };
            metadata.kit = values[3].clone();
            // The last command of the wrapper, with a function that prints its arguments.
            let text = wrapper::wrapper("run", &wrapper, &metadata);
            let call = text.split_once("\nexec ").unwrap().1;
            let script = format!("run() {{ printf '%s\\0' \"$@\"; }}\nset -- 'a b' ''\nrun {call}");
            let output = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
            let read = String::from_utf8_lossy(&output.stdout).into_owned();
            let mut expected = vec![format!("./{}/scripts/k8s-run.sh", values[3]), "--run".to_owned(), "run".to_owned()];
            expected.extend(["--env-default".to_owned(), format!("NAME={}", values[1]), "--".to_owned()]);
            expected.extend(values.iter().cloned());
            expected.extend(["a b".to_owned(), String::new()]);
            proptest::prop_assert_eq!(read.split_terminator('\0').collect::<Vec<_>>(), expected);
            let checked = std::process::Command::new("bash").args(["-n", "-c", &text]).status().unwrap();
            proptest::prop_assert!(checked.success());
        }
    }
}
