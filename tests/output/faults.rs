//! Full disks, killed processes, symbolic links, mounts, missing permissions and concurrent runs: the output is the old or the new
//! one, never a mixture; files that are not generated do not change; the next run removes temporary files.
//!
//! `src/emit/disk/write_tests.rs` interrupts every change of a simulated disk; these tests run the program.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::golden;

/// A project whose output has files in every folder, and a script next to the Compose file.
fn compose(version: u32) -> String {
    let mut text = "name: shop\nservices:\n".to_owned();
    for service in ["db", "web", "mail", "queue", "search"] {
        text += &format!(
            "  {service}:\n    image: example.org/{service}:{version}\n    networks: {{n: {{aliases: [{service}{version}]}}}}\n"
        );
    }
    if version == 2 {
        text += "  cache:\n    image: cache:2\n    networks: [n]\n";
    }
    text + "networks: {n: {}}\n"
}

const OVERRIDES: &str = "runs:\n  suite: {about: The tests, service: web, command: [./test]}\n";

/// A project folder with files of the user inside and outside of the output.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        Self::in_folder(golden::temporary_folder())
    }

    /// For tests that mount file systems, for one that needs two, and for one that needs time.
    fn on_disk() -> Self {
        Self::in_folder(tempfile::tempdir().unwrap())
    }

    fn in_folder(folder: tempfile::TempDir) -> Self {
        let project = Self { folder };
        for version in [1, 2] {
            fs::write(project.path(&format!("{version}.yaml")), compose(version)).unwrap();
        }
        fs::write(project.path("overrides.yaml"), OVERRIDES).unwrap();
        project
    }

    /// With the output of version 1 and a file of the user in it.
    fn with_output() -> Self {
        Self::new().and_output()
    }

    fn and_output(self) -> Self {
        self.write(1).expect("the first output");
        fs::write(self.path("k8s/manifests/mine.txt"), "mine\n").unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, version: u32) -> Command {
        let mut command = golden::program(self.folder.path());
        command.args(arguments(version).split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn write(&self, version: u32) -> Result<String, String> {
        let output = self.command(version).output().expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        match output.status.code() {
            Some(0) => Ok(text(output.stdout)),
            code => Err(format!("{code:?} {}", text(output.stderr))),
        }
    }

    /// All files except the file of the user.
    fn seen(&self) -> BTreeMap<String, String> {
        let mut seen = golden::files(self.folder.path());
        seen.retain(|name, _| !name.ends_with("mine.txt"));
        seen
    }

    /// The files after an undisturbed run.
    fn expected(version: u32) -> BTreeMap<String, String> {
        let project = Self::new();
        project.write(version).expect("the output");
        project.seen()
    }
}

fn arguments(version: u32) -> String {
    format!("{version}.yaml --overrides overrides.yaml -o k8s/manifests")
}

fn is_temporary(name: &str) -> bool {
    name.contains(".compose2k8s-")
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// Runs the program as a user who does not own the folder. Root ignores file modes, so as root it runs as `nobody`.
fn as_another_user(project: &Project, version: u32) -> Option<Result<String, String>> {
    let mut command = project.command(version);
    if is_root() {
        let program = command.get_program().to_owned();
        let mut other_user = Command::new("setpriv");
        other_user.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program).args(command.get_args());
        other_user.current_dir(project.folder.path()).env("HOME", "/home/user").env("COLUMNS", "120");
        command = other_user;
    }
    let output = command.output().ok()?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // Other users may lack access to the folder of the program.
    if err.contains("setpriv") {
        return None;
    }
    Some(if output.status.success() { Ok(out.into_owned()) } else { Err(err.into_owned()) })
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_read_only_folder_keeps_the_old_output() {
    let project = Project::with_output();
    let before = project.seen();
    let root = is_root();
    set_mode(project.folder.path(), 0o755);
    let every = ["k8s", "k8s/manifests", "k8s/services", "k8s/runs", "k8s/scripts", "k8s/cluster", "."];
    // First all folders are read-only, then one of them while the others are writable for all users.
    for closed in [None, Some("k8s/services"), Some("k8s"), Some(".")] {
        for folder in every {
            let open = closed.is_some_and(|closed| closed != folder);
            set_mode(&project.path(folder), if open { 0o777 } else { 0o555 });
        }
        match as_another_user(&project, 2) {
            None => println!("not run: no other user can start the program"),
            // The output can change although no file can be created next to the Compose file.
            Some(Ok(_)) => assert_eq!(closed, Some("."), "it was written"),
            Some(Err(report)) => {
                assert!(report.contains("emit::unwritable"), "{closed:?}: {report}");
                assert_eq!(project.seen(), before, "{closed:?}");
            }
        }
        if closed == Some(".") {
            let (name, text) = before.iter().next().unwrap();
            assert!(!root || project.seen().get(name) == Some(text));
        }
    }
    for folder in every {
        set_mode(&project.path(folder), 0o755);
    }
    project.write(2).unwrap();
    assert_eq!(project.seen(), Project::expected(2));
    assert_eq!(fs::read_to_string(project.path("k8s/manifests/mine.txt")).unwrap(), "mine\n");
}

/// Runs a script that mounts file systems: in a new mount namespace, and in a new user namespace unless the user is root. Returns
/// `None` if the host does not allow it.
fn in_mount_namespace(project: &Project, script: &str) -> Option<(i32, String)> {
    let own = if is_root() { "--mount" } else { "-rm" };
    let available = Command::new("unshare").args([own, "sh", "-c", "mount -t tmpfs none /mnt"]).output();
    if !available.is_ok_and(|output| output.status.success()) {
        println!("not run: nothing can be mounted here");
        return None;
    }
    let output = Command::new("unshare")
        .args([own, "sh", "-euc", script])
        .current_dir(project.folder.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/home/user")
        .env("PROGRAM", env!("CARGO_BIN_EXE_compose2k8s"))
        .output()
        .expect("unshare starts");
    let report = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Some((output.status.code().unwrap_or(-1), report))
}

#[test]
fn a_full_disk_keeps_the_old_output() {
    // The file system grows until the new output fits next to the old one. After every failure only the old output is left.
    const SCRIPT: &str = r#"
write() { "$PROGRAM" "$1.yaml" --overrides overrides.yaml -o k8s/manifests >out 2>&1; }
mkdir k8s
mount -t tmpfs -o size=4m none k8s
write 1
cp -R k8s old
used=$(df -k --output=used k8s | tail -n 1)
refused=0 room=0
while mount -o remount,size=$((used + room))k k8s; ! write 2; do
  grep -q 'emit::unwritable' out || { cat out; exit 1; }
  diff -r old k8s || { echo "a mixture with $room KiB of room"; exit 1; }
  refused=$((refused + 1)) room=$((room + 8))
  [ "$room" -lt 2000 ] || { cat out; exit 1; }
done
echo "refused $refused times"
mkdir new && cp -R k8s new/k8s
"#;
    let project = Project::on_disk();
    let Some((status, report)) = in_mount_namespace(&project, SCRIPT) else { return };
    assert_eq!(status, 0, "{report}");
    let refused: u32 =
        report.trim().trim_start_matches("refused ").trim_end_matches(" times").parse().expect("a number");
    assert!(refused >= 5, "the disk was never full: {report}");
    let output_files = |files: &BTreeMap<String, String>, at: &str| -> BTreeMap<String, String> {
        files.iter().filter_map(|(name, text)| Some((name.strip_prefix(at)?.to_owned(), text.clone()))).collect()
    };
    assert_eq!(output_files(&golden::files(&project.path("new")), "k8s/"), output_files(&Project::expected(2), "k8s/"));
}

#[test]
fn a_file_size_limit_keeps_the_old_output() {
    let expected = Project::expected(2);
    let largest = expected.values().map(String::len).max().unwrap();
    // `ulimit -f` has units of 1,024 bytes. With the trap, exceeding the limit is an error; without it, a signal kills the program.
    for trap in ["trap '' XFSZ;", ""] {
        let project = Project::with_output();
        let before = project.seen();
        for limit in (0..largest.div_ceil(1024)).step_by(3) {
            let script = format!("{trap} ulimit -f {limit}; exec \"$0\" {}", arguments(2));
            let mut command = golden::program(project.folder.path());
            let program = command.get_program().to_owned();
            command = Command::new("bash");
            let output =
                command.args(["-c", &script]).arg(program).current_dir(project.folder.path()).output().unwrap();
            if output.status.success() {
                // The limit is above the size of all changed files.
                break;
            }
            let mut seen = project.seen();
            if trap.is_empty() {
                seen.retain(|name, _| !is_temporary(name));
            } else {
                let report = String::from_utf8_lossy(&output.stderr);
                assert!(report.contains("emit::unwritable") && report.contains("file too large"), "{limit}: {report}");
            }
            assert_eq!(seen, before, "limit {limit}");
        }
        project.write(2).unwrap();
        assert_eq!(project.seen(), expected);
    }
}

/// Asserts that the files after a kill are the old or the new output, or a mixture with a journal that completes it.
fn assert_old_or_new(seen: &BTreeMap<String, String>, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) {
    let lasting: BTreeMap<_, _> =
        seen.iter().filter(|(name, _)| !is_temporary(name)).map(|(name, text)| (name.clone(), text.clone())).collect();
    if seen.contains_key("k8s/.compose2k8s-journal") {
        for (name, text) in &lasting {
            assert!(old.get(name) == Some(text) || new.get(name) == Some(text), "{name} is neither old nor new");
        }
    } else {
        assert!(lasting == *old || lasting == *new, "no journal, and a mixture: {:?}", lasting.keys());
    }
}

#[test]
fn a_kill_at_a_system_call_leaves_the_old_or_the_new_output() {
    // strace sends SIGKILL at the nth system call of a kind, before the call is executed.
    let available = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    if !available.is_ok_and(|output| output.status.success()) {
        println!("not run: strace is not here, or may not trace");
        return;
    }
    let (old, new) = (Project::expected(1), Project::expected(2));
    let project = Project::with_output();
    let mut killed = BTreeMap::new();
    // Every rename and mkdir, and enough of the other calls to reach each part of the code. A run that is not complete tries a third.
    let complete = golden::is_complete_run();
    for (call, every) in [("rename", 1), ("linkat", 3), ("unlink", 2), ("fsync", 5), ("write", 5), ("mkdir", 1)] {
        for number in (1..).step_by(if complete { every } else { every * 3 }) {
            let program = project.command(2);
            let output = Command::new("strace")
                .args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}")])
                .args(["-e", &format!("inject={call}:signal=KILL:when={number}")])
                .arg(program.get_program())
                .args(program.get_args())
                .current_dir(project.folder.path())
                .output()
                .unwrap();
            if output.status.success() {
                break;
            }
            *killed.entry(call).or_insert(0) += 1;
            assert_old_or_new(&project.seen(), &old, &new);
            // The next run succeeds and leaves no temporary files.
            let next = 1 + number % 2;
            project.write(u32::try_from(next).unwrap()).unwrap();
            assert_eq!(project.seen(), if next == 1 { old.clone() } else { new.clone() }, "{call} {number}");
            if next == 2 {
                project.write(1).unwrap();
            }
        }
    }
    assert_eq!(fs::read_to_string(project.path("k8s/manifests/mine.txt")).unwrap(), "mine\n");
    println!("killed: {killed:?}");
    let (least, least_renames) = if complete { (30, 8) } else { (10, 2) };
    assert!(killed.values().sum::<i32>() > least && killed["rename"] > least_renames, "{killed:?}");
}

#[test]
fn a_kill_at_any_time_leaves_the_old_or_the_new_output() {
    let (old, new) = (Project::expected(1), Project::expected(2));
    // In memory, the program is hardly ever still writing when it is killed.
    let project = Project::on_disk().and_output();
    let mut in_time = 0;
    for round in 0..12 {
        let mut child = project.command(2).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // The kill happens when this number of temporary files exists.
        while file_names_below(&project.path("k8s")).iter().filter(|name| is_temporary(name)).count() <= round * 2 {
            if child.try_wait().unwrap().is_some() {
                break;
            }
        }
        let _ = child.kill();
        in_time += u32::from(!child.wait().unwrap().success());
        assert_old_or_new(&project.seen(), &old, &new);
        project.write(1).unwrap();
        assert_eq!(project.seen(), old, "round {round}");
    }
    println!("killed {in_time} times while it wrote");
    assert!(in_time >= 3, "it was hardly ever killed while it wrote");
}

/// The names of the files below a folder. Files may disappear while it runs.
fn file_names_below(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            } else {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    names
}

#[test]
fn an_output_folder_that_is_a_symbolic_link_is_followed() {
    let project = Project::on_disk();
    // On another file system if the host has one.
    let memory = Path::new("/dev/shm");
    let elsewhere = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    symlink(elsewhere.path(), project.path("k8s")).unwrap();
    project.write(1).unwrap();
    assert!(fs::symlink_metadata(project.path("k8s")).unwrap().is_symlink());
    assert!(elsewhere.path().join("manifests/web.yaml").is_file());
    assert!(project.write(1).unwrap().contains("unchanged"), "the second run changes nothing");
    project.write(2).unwrap();
    assert!(!file_names_below(elsewhere.path()).iter().any(|name| is_temporary(name)));
    let check = project.command(2).arg("--check").output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));

    // A dangling link, and a link below the output, are an error and do not change.
    let project = Project::new();
    symlink("nowhere", project.path("k8s")).unwrap();
    assert!(project.write(1).unwrap_err().contains("emit::foreign_file"));
    assert_eq!(fs::read_link(project.path("k8s")).unwrap(), Path::new("nowhere"));
    let project = Project::with_output();
    let before = project.seen();
    let outside = golden::temporary_folder();
    fs::rename(project.path("k8s/services"), outside.path().join("services")).unwrap();
    symlink(outside.path().join("services"), project.path("k8s/services")).unwrap();
    assert!(project.write(2).unwrap_err().contains("below a symbolic link"));
    assert_eq!(project.seen(), before);
}

#[test]
fn mounts_are_written_unless_they_are_read_only() {
    const SCRIPT: &str = r#"
write() { "$PROGRAM" "$1.yaml" --overrides overrides.yaml -o k8s/manifests >out 2>&1; }
write 1
# A folder of the output on another file system: files cannot be renamed from one to the other.
cp -R k8s/manifests saved
mount -t tmpfs none k8s/manifests
cp -R saved/. k8s/manifests
write 2 || { cat out; exit 1; }
"$PROGRAM" 2.yaml --overrides overrides.yaml -o k8s/manifests --check >out 2>&1 || { cat out; exit 1; }
# A folder that is mounted read-only.
cp -R k8s before
mount -o remount,ro k8s/manifests
if write 1; then echo written; exit 1; fi
grep -q 'emit::unwritable' out || { cat out; exit 1; }
diff -r before k8s
# The whole output, mounted read-only.
umount k8s/manifests
cp -R before/manifests/. k8s/manifests
mount --bind k8s k8s
mount -o remount,ro,bind k8s
if write 1; then echo written; exit 1; fi
grep -q 'read-only file system' out || { cat out; exit 1; }
diff -r before k8s
"$PROGRAM" 2.yaml --overrides overrides.yaml -o k8s/manifests --check >out 2>&1 || { cat out; exit 1; }
echo passed
"#;
    let project = Project::on_disk();
    let Some((status, report)) = in_mount_namespace(&project, SCRIPT) else { return };
    assert_eq!((status, report.trim()), (0, "passed"));
}

#[test]
fn concurrent_runs_leave_the_output_of_one() {
    let (old, new) = (Project::expected(1), Project::expected(2));
    let runs: u32 = std::env::var("COMPOSE2K8S_CROWD")
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(if golden::is_complete_run() { 120 } else { 80 });
    let project = Project::new();
    let (mut done, mut busy) = (0, 0);
    for batch in 0..runs.div_ceil(40) {
        if batch % 2 == 0 {
            // Some runs start without an output folder.
            let _ = fs::remove_dir_all(project.path("k8s"));
        }
        let children: Vec<_> = (0..40).map(|number| project.command(1 + number % 2).spawn().unwrap()).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let report = String::from_utf8_lossy(&output.stderr);
            match output.status.code() {
                Some(0) => done += 1,
                Some(2) if report.contains("emit::busy") => busy += 1,
                code => panic!("{code:?}: {report}"),
            }
        }
        let seen = project.seen();
        assert!(seen == old || seen == new, "a mixture: {:?}", seen.keys());
    }
    println!("{done} runs wrote or found their output, {busy} gave up waiting");
    assert!(done >= runs / 2, "{done} done, {busy} busy");
}

#[test]
fn a_service_that_runs_on_request_in_another_pod_is_reported_once() {
    // The profile of a service in the pod of an active service is not active: it runs on request, and the check accepts that.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("compose.yaml"),
        "services:\n  web: {image: x}\n  debug: {image: y, network_mode: 'service:web', profiles: [tools]}\n",
    )
    .unwrap();
    let written = golden::run(folder.path(), &["compose.yaml", "-o", "k8s"]);
    assert!(
        written.status == 0 && written.stderr.matches("lower::ephemeral_container").count() == 1,
        "{}",
        written.stderr
    );
    let checked = golden::run(folder.path(), &["compose.yaml", "-o", "k8s", "--check"]);
    assert_eq!(checked.status, 0, "{}", checked.stderr);
}
