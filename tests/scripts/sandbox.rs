//! A small output in a project directory with special characters in its name, and fakes of kind, kubectl and docker.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::golden;

/// The programs that the scripts may call, in addition to kind, kubectl and docker.
const TOOLS: [&str; 36] = [
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
    "mkfifo",
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

pub(super) struct Sandbox {
    folder: tempfile::TempDir,
    pub(super) environment: Vec<(&'static str, String)>,
}

/// The result of a script.
pub(super) struct Exit {
    /// The exit status, or `-n` if signal n ended the script.
    pub(super) status: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Exit {
    fn from_output(output: &std::process::Output) -> Self {
        Self {
            status: output.status.code().unwrap_or_else(|| -output.status.signal().unwrap_or(0)),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts the exit status.
    pub(super) fn exits_with(self, status: i32) -> Self {
        assert_eq!(self.status, status, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Asserts that standard error contains the text.
    pub(super) fn reports(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is missing in: {}", self.stderr);
        self
    }
}

impl Sandbox {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Self { folder, environment: vec![("DB_PASSWORD", "two\nlines".to_owned())] };
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
        let project = sandbox.project();
        for made in ["init", "k8s/scripts"] {
            fs::create_dir_all(project.join(made)).unwrap();
        }
        for made in ["bin", "tools", "home", "fake"] {
            fs::create_dir(sandbox.folder.path().join(made)).unwrap();
        }
        copy(&sources.join("tests/scripts/output"), &project.join("k8s"));
        fs::rename(project.join("k8s/project.sh"), project.join("k8s/scripts/project.sh")).unwrap();
        copy(&sources.join("src/emit/scripts"), &project.join("k8s/scripts"));
        copy(&sources.join("tests/scripts/bin"), &sandbox.folder.path().join("bin"));
        // The fakes are called often; without `env` each call starts one process less.
        for fake in ["docker", "kind", "kubectl"] {
            let path = sandbox.folder.path().join("bin").join(fake);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, text.replacen("/usr/bin/env bash", &find_tool("bash").display().to_string(), 1)).unwrap();
        }
        copy(&sources.join("tests/scripts/project"), &project);
        fs::write(project.join("init/a.sql"), "create table a").unwrap();
        fs::write(project.join("it's a note"), "a note").unwrap();
        sandbox.set_fake("coredns-image", "registry.k8s.io/coredns/coredns:v1.14.6");
        for tool in TOOLS {
            symlink(find_tool(tool), sandbox.folder.path().join("tools").join(tool)).unwrap();
        }
        if let Ok(bash) = std::env::var("COMPOSE2K8S_TEST_BASH") {
            symlink(bash, sandbox.folder.path().join("bin/bash")).unwrap();
        }
        sandbox
    }

    /// A sandbox with a cluster in which the services have been started.
    pub(super) fn started() -> Self {
        let sandbox = Self::new();
        let config = fs::read_to_string(sandbox.project().join("k8s/cluster/kind-config.yaml")).unwrap();
        let config: Vec<&str> = config.lines().filter(|line| !line.starts_with('#')).collect();
        for folder in ["mark", "objects"] {
            fs::create_dir(sandbox.fake(folder)).unwrap();
        }
        sandbox.set_fake("clusters", "shop\n");
        sandbox.set_fake("mark/checkout", &fs::canonicalize(sandbox.project()).unwrap().display().to_string());
        sandbox.set_fake("mark/kind-config", &config.join("\n"));
        let state = sandbox.home().join(".local/state/compose2k8s/shop");
        fs::create_dir_all(&state).unwrap();
        fs::write(state.join("kubeconfig"), "kubeconfig of shop\n").unwrap();
        sandbox
    }

    pub(super) fn project(&self) -> PathBuf {
        self.folder.path().join("it's a \"shop\" $(exit 5) *")
    }

    /// A file that controls the fakes, or in which they record their calls.
    pub(super) fn fake(&self, name: &str) -> PathBuf {
        self.folder.path().join("fake").join(name)
    }

    pub(super) fn set_fake(&self, name: &str, text: &str) {
        fs::write(self.fake(name), text).unwrap();
    }

    pub(super) fn fake_text(&self, name: &str) -> String {
        fs::read_to_string(self.fake(name)).unwrap_or_default()
    }

    /// The manifest of an object as it was applied last.
    pub(super) fn applied(&self, object: &str) -> String {
        self.fake_text(&format!("objects/{object}"))
    }

    pub(super) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The folder for temporary files of the scripts.
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
        self.prepared(Command::new(self.project().join(script)), arguments)
    }

    /// Runs compose2k8s in the project directory.
    pub(super) fn program(&self, arguments: &[&str]) -> Exit {
        let mut command = self.prepared(Command::new(env!("CARGO_BIN_EXE_compose2k8s")), arguments);
        Exit::from_output(&command.output().unwrap())
    }

    fn prepared(&self, mut command: Command, arguments: &[&str]) -> Command {
        let base = self.folder.path();
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

    pub(super) fn script(&self, script: &str, arguments: &[&str]) -> Exit {
        Exit::from_output(&self.command(script, arguments).output().unwrap())
    }

    pub(super) fn up(&self, arguments: &[&str]) -> Exit {
        self.script("k8s/scripts/k8s-up.sh", arguments)
    }

    pub(super) fn down(&self, arguments: &[&str]) -> Exit {
        self.script("k8s/scripts/k8s-down.sh", arguments)
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Exit {
        self.script("k8s/scripts/k8s-run.sh", arguments)
    }

    pub(super) fn logs(&self, arguments: &[&str]) -> Exit {
        self.script("k8s/scripts/k8s-logs.sh", arguments)
    }

    /// Runs the wrapper script of the declared run.
    pub(super) fn suite(&self, arguments: &[&str]) -> Exit {
        self.script("suite.sh", arguments)
    }

    pub(super) fn calls(&self) -> String {
        self.fake_text("calls")
    }

    pub(super) fn clear_calls(&self) {
        self.set_fake("calls", "");
    }

    /// Asserts that the recorded calls contain the texts in this order.
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

    /// Starts the wrapper script and waits until its command runs.
    pub(super) fn start_suite(&self) -> Child {
        let mut child = self.command("suite.sh", &["sleep"]).spawn().unwrap();
        wait(|| self.fake("under-way").exists(), || child.try_wait().unwrap().is_none());
        child
    }
}

/// Waits for a condition while another one holds. Fails after two minutes, so that a loaded host does not fail the test.
pub(super) fn wait(condition: impl Fn() -> bool, mut meanwhile: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(meanwhile(), "ended before its time");
        assert!(begin.elapsed() < Duration::from_secs(120), "waited in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a signal to a script and waits until it has ended. The output of a killed script is not read, because its children, which
/// go on, hold the pipes open.
pub(super) fn signal(mut child: Child, name: &str) -> Exit {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    if name == "KILL" {
        let status = child.wait().unwrap();
        return Exit::from_output(&std::process::Output { status, stdout: Vec::new(), stderr: Vec::new() });
    }
    Exit::from_output(&child.wait_with_output().unwrap())
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

pub(super) fn find_tool(tool: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path)
        .map(|folder| folder.join(tool))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("no {tool}"))
}
