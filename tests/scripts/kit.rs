//! A small kit in a project directory with an awkward name, and stand-ins for the programs its scripts call.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::golden;

/// What the scripts need of a machine, beside kind, kubectl and docker. No other program can be called.
const TOOLS: [&str; 35] = [
    "awk",
    "base64",
    "bash",
    "cat",
    "chmod",
    "cksum",
    "cp",
    "cut",
    "diff",
    "dirname",
    "env",
    "find",
    "grep",
    "head",
    "kill",
    "ln",
    "ls",
    "mkdir",
    "mktemp",
    "mv",
    "od",
    "ps",
    "rm",
    "sed",
    "seq",
    "sha256sum",
    "sleep",
    "sort",
    "tail",
    "touch",
    "tr",
    "uname",
    "wc",
    "sh",
    "cmp",
];

/// The Corefile that the kit's own calls make of the stand-in's.
pub(super) const STARTED_COREFILE: &str = ".:53 {
    errors
    forward . /etc/resolv.conf
}
# compose2k8s shop: begin
consul:53 {
    errors
    forward . 10.9.0.5
}
# compose2k8s shop: end
";

pub(super) struct Kit {
    folder: tempfile::TempDir,
    pub(super) environment: Vec<(&'static str, String)>,
}

/// What a script did.
pub(super) struct Ended {
    /// Its exit status; `-n` where signal n ended it.
    pub(super) status: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Ended {
    fn of(output: &std::process::Output) -> Self {
        Self {
            status: output.status.code().unwrap_or_else(|| -output.status.signal().unwrap_or(0)),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Fails unless it ended with this status.
    pub(super) fn with(self, status: i32) -> Self {
        assert_eq!(self.status, status, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Fails unless standard error has this.
    pub(super) fn saying(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is missing in: {}", self.stderr);
        self
    }
}

impl Kit {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let kit = Self { folder, environment: vec![("DB_PASSWORD", "two\nlines".to_owned())] };
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
        let project = kit.project();
        for made in ["init", "k8s/scripts"] {
            fs::create_dir_all(project.join(made)).unwrap();
        }
        for made in ["bin", "tools", "home", "fake"] {
            fs::create_dir(kit.folder.path().join(made)).unwrap();
        }
        copy(&sources.join("tests/scripts/kit"), &project.join("k8s"));
        fs::rename(project.join("k8s/project.sh"), project.join("k8s/scripts/project.sh")).unwrap();
        copy(&sources.join("src/emit/scripts"), &project.join("k8s/scripts"));
        copy(&sources.join("tests/scripts/bin"), &kit.folder.path().join("bin"));
        copy(&sources.join("tests/scripts/project"), &project);
        fs::write(project.join("init/a.sql"), "create table a").unwrap();
        fs::write(project.join("it's a note"), "a note").unwrap();
        fs::write(kit.fake("corefile"), ".:53 {\n    errors\n    forward . /etc/resolv.conf\n}\n").unwrap();
        for tool in TOOLS {
            symlink(found(tool), kit.folder.path().join("tools").join(tool)).unwrap();
        }
        if let Ok(bash) = std::env::var("COMPOSE2K8S_TEST_BASH") {
            symlink(bash, kit.folder.path().join("bin/bash")).unwrap();
        }
        kit
    }

    /// With a cluster that an earlier call has made and filled.
    pub(super) fn started() -> Self {
        let kit = Self::new();
        let config = fs::read_to_string(kit.project().join("k8s/cluster/kind-config.yaml")).unwrap();
        let config: Vec<&str> = config.lines().filter(|line| !line.starts_with('#')).collect();
        for folder in ["mark", "objects"] {
            fs::create_dir(kit.fake(folder)).unwrap();
        }
        kit.tell("clusters", "shop\n");
        kit.tell("mark/checkout", &fs::canonicalize(kit.project()).unwrap().display().to_string());
        kit.tell("mark/kind-config", &config.join("\n"));
        kit.tell("corefile", STARTED_COREFILE);
        let state = kit.home().join(".local/state/compose2k8s/shop");
        fs::create_dir_all(&state).unwrap();
        fs::write(state.join("kubeconfig"), "kubeconfig of shop\n").unwrap();
        kit
    }

    pub(super) fn project(&self) -> PathBuf {
        self.folder.path().join("it's a \"shop\" $(exit 5) *")
    }

    /// A file by which the stand-ins are told how to behave, or in which they tell what they did.
    pub(super) fn fake(&self, name: &str) -> PathBuf {
        self.folder.path().join("fake").join(name)
    }

    pub(super) fn tell(&self, name: &str, text: &str) {
        fs::write(self.fake(name), text).unwrap();
    }

    pub(super) fn told(&self, name: &str) -> String {
        fs::read_to_string(self.fake(name)).unwrap_or_default()
    }

    /// An object as it was last applied.
    pub(super) fn applied(&self, object: &str) -> String {
        self.told(&format!("objects/{object}"))
    }

    pub(super) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Where the scripts put their working folders.
    pub(super) fn temporary(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn remove_tool(&self, tool: &str) {
        let _ = fs::remove_file(self.folder.path().join("bin").join(tool));
        let _ = fs::remove_file(self.folder.path().join("tools").join(tool));
    }

    /// Replaces a duration in the copy of a script, so that a test need not wait for it. The script must have it exactly once. With
    /// `COMPOSE2K8S_TEST_ALL=1` the script is left as it is. Returns whether the duration was replaced.
    pub(super) fn shorten(&self, script: &str, duration: &str, shorter: &str) -> bool {
        let path = self.project().join("k8s/scripts").join(script);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(duration).count(), 1, "`{duration}` in {script}");
        let replace = !golden::is_complete_run();
        if replace {
            fs::write(&path, text.replace(duration, shorter)).unwrap();
        }
        replace
    }

    pub(super) fn command(&self, script: &str, arguments: &[&str]) -> Command {
        let base = self.folder.path();
        let mut command = Command::new(self.project().join(script));
        command
            .args(arguments)
            .current_dir(self.project())
            .env_clear()
            .env("PATH", format!("{}:{}", base.join("bin").display(), base.join("tools").display()))
            .env("HOME", self.home())
            .env("TMPDIR", base)
            .env("FAKE", base.join("fake"))
            .envs(self.environment.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(super) fn script(&self, script: &str, arguments: &[&str]) -> Ended {
        Ended::of(&self.command(script, arguments).output().unwrap())
    }

    pub(super) fn up(&self, arguments: &[&str]) -> Ended {
        self.script("k8s/scripts/k8s-up.sh", arguments)
    }

    pub(super) fn down(&self, arguments: &[&str]) -> Ended {
        self.script("k8s/scripts/k8s-down.sh", arguments)
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ended {
        self.script("k8s/scripts/k8s-run.sh", arguments)
    }

    pub(super) fn logs(&self, arguments: &[&str]) -> Ended {
        self.script("k8s/scripts/k8s-logs.sh", arguments)
    }

    /// The wrapper of the declared run.
    pub(super) fn suite(&self, arguments: &[&str]) -> Ended {
        self.script("suite.sh", arguments)
    }

    pub(super) fn calls(&self) -> String {
        self.told("calls")
    }

    pub(super) fn forget_calls(&self) {
        self.tell("calls", "");
    }

    /// Fails unless the calls hold these texts in this order.
    pub(super) fn called_in_order(&self, texts: &[&str]) {
        let calls = self.calls();
        let shown: Vec<&str> =
            calls.lines().map(|line| line.split_once(" --namespace ").map_or(line, |(_, call)| call)).collect();
        let shown = shown.join("\n");
        let mut rest = calls.as_str();
        for text in texts {
            let Some((_, after)) = rest.split_once(text) else {
                panic!("`{text}` is missing or too early in:\n{shown}")
            };
            rest = after;
        }
    }

    pub(super) fn never_called(&self, text: &str) {
        assert!(!self.calls().contains(text), "`{text}` in:\n{}", self.calls());
    }

    /// The suite, started and in the middle of its command.
    pub(super) fn suite_under_way(&self) -> Child {
        let mut child = self.command("suite.sh", &["sleep"]).spawn().unwrap();
        wait(|| self.fake("under-way").exists(), || child.try_wait().unwrap().is_none());
        child
    }
}

/// Waits until something is so, as long as another thing is; fails after two minutes, which a machine under load may need.
pub(super) fn wait(so: impl Fn() -> bool, mut as_long: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(as_long(), "ended before its time");
        assert!(begin.elapsed() < Duration::from_secs(120), "waited in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a signal to a script and waits for its end.
pub(super) fn signal(child: Child, name: &str) -> Ended {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    Ended::of(&child.wait_with_output().unwrap())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else if source.extension().is_none_or(|extension| extension != "rs") {
            fs::copy(&source, &target).unwrap();
            if fs::read(&target).unwrap().starts_with(b"#!") {
                fs::set_permissions(&target, fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
    }
}

pub(super) fn found(tool: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path)
        .map(|folder| folder.join(tool))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("no {tool}"))
}
