//! Disks that fail, processes that die, folders that are links, mounts or other people's, and a crowd: the old kit or the new one,
//! never a mixture; no foreign file is changed; the next run clears away what was left.
//!
//! `src/emit/disk/write_tests.rs` interrupts every single change on a disk of its own; here the program runs as people run it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::golden;

/// A project whose kit has files in every folder, and a script beside the Compose file.
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

/// A project folder with files of its owner in and beside the kit.
struct Yard {
    folder: tempfile::TempDir,
}

impl Yard {
    fn new() -> Self {
        let yard = Self { folder: tempfile::tempdir().unwrap() };
        for version in [1, 2] {
            fs::write(yard.path(&format!("{version}.yaml")), compose(version)).unwrap();
        }
        fs::write(yard.path("overrides.yaml"), OVERRIDES).unwrap();
        yard
    }

    /// With the kit of version 1, and in it a file that is nobody's business.
    fn with_kit() -> Self {
        let yard = Self::new();
        yard.write(1).expect("the first kit");
        fs::write(yard.path("k8s/manifests/mine.txt"), "mine\n").unwrap();
        yard
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

    /// Everything but what belongs to the test.
    fn seen(&self) -> BTreeMap<String, String> {
        let mut seen = golden::files(self.folder.path());
        seen.retain(|name, _| !name.ends_with("mine.txt"));
        seen
    }

    /// What a run leaves that nobody disturbs.
    fn expected(version: u32) -> BTreeMap<String, String> {
        let yard = Self::new();
        yard.write(version).expect("a kit");
        yard.seen()
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

/// The program, run by somebody who does not own the folder: nobody, where the tests run as root, whom no mode stops.
fn as_a_stranger(yard: &Yard, version: u32) -> Option<Result<String, String>> {
    let mut command = yard.command(version);
    if is_root() {
        let program = command.get_program().to_owned();
        let mut stranger = Command::new("setpriv");
        stranger.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program).args(command.get_args());
        stranger.current_dir(yard.folder.path()).env("HOME", "/home/user").env("COLUMNS", "120");
        command = stranger;
    }
    let output = command.output().ok()?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // The program's own folder may be closed to strangers.
    if err.contains("setpriv") {
        return None;
    }
    Some(if output.status.success() { Ok(out.into_owned()) } else { Err(err.into_owned()) })
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_that_may_not_be_written_keeps_its_kit() {
    let yard = Yard::with_kit();
    let before = yard.seen();
    let root = is_root();
    set_mode(yard.folder.path(), 0o755);
    let every = ["k8s", "k8s/manifests", "k8s/services", "k8s/runs", "k8s/scripts", "k8s/cluster", "."];
    // All of them; then one alone, with the others open to everybody.
    for closed in [None, Some("k8s/services"), Some("k8s"), Some(".")] {
        for folder in every {
            let open = closed.is_some_and(|closed| closed != folder);
            set_mode(&yard.path(folder), if open { 0o777 } else { 0o555 });
        }
        match as_a_stranger(&yard, 2) {
            None => println!("not run: no other user can start the program"),
            // A kit may be changed without the right to make new files beside the Compose file.
            Some(Ok(_)) => assert_eq!(closed, Some("."), "it was written"),
            Some(Err(said)) => {
                assert!(said.contains("emit::unwritable"), "{closed:?}: {said}");
                assert_eq!(yard.seen(), before, "{closed:?}");
            }
        }
        if closed == Some(".") {
            let (name, text) = before.iter().next().unwrap();
            assert!(!root || yard.seen().get(name) == Some(text));
        }
    }
    for folder in every {
        set_mode(&yard.path(folder), 0o755);
    }
    yard.write(2).unwrap();
    assert_eq!(yard.seen(), Yard::expected(2));
    assert_eq!(fs::read_to_string(yard.path("k8s/manifests/mine.txt")).unwrap(), "mine\n");
}

/// Runs a script where it may mount: as root in a mount namespace of its own, otherwise in a user namespace too. `None`: this
/// machine allows neither.
fn where_mounts_are_allowed(yard: &Yard, script: &str) -> Option<(i32, String)> {
    let own = if is_root() { "--mount" } else { "-rm" };
    let tried = Command::new("unshare").args([own, "sh", "-c", "mount -t tmpfs none /mnt"]).output();
    if !tried.is_ok_and(|output| output.status.success()) {
        println!("not run: nothing can be mounted here");
        return None;
    }
    let output = Command::new("unshare")
        .args([own, "sh", "-euc", script])
        .current_dir(yard.folder.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/home/user")
        .env("PROGRAM", env!("CARGO_BIN_EXE_compose2k8s"))
        .output()
        .expect("unshare starts");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Some((output.status.code().unwrap_or(-1), said))
}

#[test]
fn a_disk_that_fills_up_keeps_the_old_kit() {
    // Page by page more room, until the new kit fits beside the old one; after every failure nothing but the old kit is there.
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
    let yard = Yard::new();
    let Some((status, said)) = where_mounts_are_allowed(&yard, SCRIPT) else { return };
    assert_eq!(status, 0, "{said}");
    let refused: u32 = said.trim().trim_start_matches("refused ").trim_end_matches(" times").parse().expect("a number");
    assert!(refused >= 5, "the disk was never full: {said}");
    let kit = |files: &BTreeMap<String, String>, at: &str| -> BTreeMap<String, String> {
        files.iter().filter_map(|(name, text)| Some((name.strip_prefix(at)?.to_owned(), text.clone()))).collect()
    };
    assert_eq!(kit(&golden::files(&yard.path("new")), "k8s/"), kit(&Yard::expected(2), "k8s/"));
}

#[test]
fn files_that_may_not_grow_keep_the_old_kit() {
    let expected = Yard::expected(2);
    let largest = expected.values().map(String::len).max().unwrap();
    // The shell counts in 1,024 bytes. Once the limit is an error, once it is a signal that ends the program on the spot.
    for trap in ["trap '' XFSZ;", ""] {
        let yard = Yard::with_kit();
        let before = yard.seen();
        for limit in (0..largest.div_ceil(1024)).step_by(3) {
            let script = format!("{trap} ulimit -f {limit}; exec \"$0\" {}", arguments(2));
            let mut command = golden::program(yard.folder.path());
            let program = command.get_program().to_owned();
            command = Command::new("bash");
            let output = command.args(["-c", &script]).arg(program).current_dir(yard.folder.path()).output().unwrap();
            if output.status.success() {
                // Only the largest files changed nothing.
                break;
            }
            let mut seen = yard.seen();
            if trap.is_empty() {
                seen.retain(|name, _| !is_temporary(name));
            } else {
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(said.contains("emit::unwritable") && said.contains("file too large"), "{limit}: {said}");
            }
            assert_eq!(seen, before, "limit {limit}");
        }
        yard.write(2).unwrap();
        assert_eq!(yard.seen(), expected);
    }
}

/// What lies in a folder of a killed run: the old kit, unless a journal says that the new one is to come.
fn is_one_of_the_two(seen: &BTreeMap<String, String>, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) {
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
fn killed_at_every_call_of_the_system_it_is_the_old_kit_or_the_new() {
    // strace kills (-9) at the nth call of a kind, which is exact; that the call is not made is what a kill just before it means.
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    if !tried.is_ok_and(|output| output.status.success()) {
        println!("not run: strace is not here, or may not trace");
        return;
    }
    let (old, new) = (Yard::expected(1), Yard::expected(2));
    let yard = Yard::with_kit();
    let mut killed = BTreeMap::new();
    // Every rename; of the many others so many that each part of the way is met.
    for (call, every) in [("rename", 1), ("linkat", 3), ("unlink", 2), ("fsync", 5), ("write", 5), ("mkdir", 1)] {
        for number in (1..).step_by(every) {
            let program = yard.command(2);
            let output = Command::new("strace")
                .args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}")])
                .args(["-e", &format!("inject={call}:signal=KILL:when={number}")])
                .arg(program.get_program())
                .args(program.get_args())
                .current_dir(yard.folder.path())
                .output()
                .unwrap();
            if output.status.success() {
                break;
            }
            *killed.entry(call).or_insert(0) += 1;
            is_one_of_the_two(&yard.seen(), &old, &new);
            // Whichever is asked for next, it comes to be, and nothing is left over.
            let next = 1 + number % 2;
            yard.write(u32::try_from(next).unwrap()).unwrap();
            assert_eq!(yard.seen(), if next == 1 { old.clone() } else { new.clone() }, "{call} {number}");
            if next == 2 {
                yard.write(1).unwrap();
            }
        }
    }
    assert_eq!(fs::read_to_string(yard.path("k8s/manifests/mine.txt")).unwrap(), "mine\n");
    println!("killed: {killed:?}");
    assert!(killed.values().sum::<i32>() > 30 && killed["rename"] > 8, "{killed:?}");
}

#[test]
fn killed_at_any_time_it_is_the_old_kit_or_the_new() {
    let (old, new) = (Yard::expected(1), Yard::expected(2));
    let yard = Yard::with_kit();
    let mut in_time = 0;
    for round in 0..12 {
        let mut child = yard.command(2).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Killed when so many temporary files are there.
        while names_below(&yard.path("k8s")).iter().filter(|name| is_temporary(name)).count() <= round * 2 {
            if child.try_wait().unwrap().is_some() {
                break;
            }
        }
        let _ = child.kill();
        in_time += u32::from(!child.wait().unwrap().success());
        is_one_of_the_two(&yard.seen(), &old, &new);
        yard.write(1).unwrap();
        assert_eq!(yard.seen(), old, "round {round}");
    }
    println!("killed {in_time} times while it wrote");
    assert!(in_time >= 3, "it was hardly ever killed while it wrote");
}

/// Names below a folder, as fast as can be: files may go while it looks.
fn names_below(folder: &Path) -> Vec<String> {
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
fn an_output_that_is_a_link_is_followed_and_stays_a_link() {
    let yard = Yard::new();
    // On another file system, where the machine has one.
    let memory = Path::new("/dev/shm");
    let elsewhere = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    symlink(elsewhere.path(), yard.path("k8s")).unwrap();
    yard.write(1).unwrap();
    assert!(fs::symlink_metadata(yard.path("k8s")).unwrap().is_symlink());
    assert!(elsewhere.path().join("manifests/web.yaml").is_file());
    assert!(yard.write(1).unwrap().contains("unchanged"), "the second run changes nothing");
    yard.write(2).unwrap();
    assert!(!names_below(elsewhere.path()).iter().any(|name| is_temporary(name)));
    let check = yard.command(2).arg("--check").output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));

    // A link that leads nowhere, and a link below the kit, are in the way and stay as they are.
    let yard = Yard::new();
    symlink("nowhere", yard.path("k8s")).unwrap();
    assert!(yard.write(1).unwrap_err().contains("emit::foreign_file"));
    assert_eq!(fs::read_link(yard.path("k8s")).unwrap(), Path::new("nowhere"));
    let yard = Yard::with_kit();
    let before = yard.seen();
    let outside = tempfile::tempdir().unwrap();
    fs::rename(yard.path("k8s/services"), outside.path().join("services")).unwrap();
    symlink(outside.path().join("services"), yard.path("k8s/services")).unwrap();
    assert!(yard.write(2).unwrap_err().contains("below a symbolic link"));
    assert_eq!(yard.seen(), before);
}

#[test]
fn mounts_are_written_to_where_they_may_be() {
    const SCRIPT: &str = r#"
write() { "$PROGRAM" "$1.yaml" --overrides overrides.yaml -o k8s/manifests >out 2>&1; }
write 1
# A folder of the kit on a file system of its own: nothing is ever renamed from one to the other.
cp -R k8s/manifests saved
mount -t tmpfs none k8s/manifests
cp -R saved/. k8s/manifests
write 2 || { cat out; exit 1; }
"$PROGRAM" 2.yaml --overrides overrides.yaml -o k8s/manifests --check >out 2>&1 || { cat out; exit 1; }
# One that is mounted for reading.
cp -R k8s before
mount -o remount,ro k8s/manifests
if write 1; then echo written; exit 1; fi
grep -q 'emit::unwritable' out || { cat out; exit 1; }
diff -r before k8s
# The whole kit, mounted for reading from elsewhere.
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
    let yard = Yard::new();
    let Some((status, said)) = where_mounts_are_allowed(&yard, SCRIPT) else { return };
    assert_eq!((status, said.trim()), (0, "passed"));
}

#[test]
fn a_crowd_on_one_folder_leaves_one_of_its_kits() {
    let (old, new) = (Yard::expected(1), Yard::expected(2));
    let crowd: u32 = std::env::var("COMPOSE2K8S_CROWD").ok().and_then(|number| number.parse().ok()).unwrap_or(120);
    let yard = Yard::new();
    let (mut done, mut busy) = (0, 0);
    for batch in 0..crowd.div_ceil(40) {
        if batch % 2 == 0 {
            // Some find no folder at all.
            let _ = fs::remove_dir_all(yard.path("k8s"));
        }
        let children: Vec<_> = (0..40).map(|number| yard.command(1 + number % 2).spawn().unwrap()).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            match output.status.code() {
                Some(0) => done += 1,
                Some(2) if said.contains("emit::busy") => busy += 1,
                code => panic!("{code:?}: {said}"),
            }
        }
        let seen = yard.seen();
        assert!(seen == old || seen == new, "a mixture: {:?}", seen.keys());
    }
    println!("{done} of the crowd wrote or found their kit, {busy} gave up waiting");
    assert!(done >= crowd / 2, "{done} done, {busy} busy");
}

#[test]
fn a_service_that_is_left_out_of_a_pod_is_told_of_once() {
    // Its profile is not chosen, and it would live in the pod of one that is: writing the kit warns, and no kit can have it.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("compose.yaml"),
        "services:\n  web: {image: x}\n  debug: {image: y, network_mode: 'service:web', profiles: [tools]}\n",
    )
    .unwrap();
    let written = golden::run(folder.path(), &["compose.yaml", "-o", "k8s"]);
    assert!(written.status == 0 && written.stderr.contains("lower::member_left_out"), "{}", written.stderr);
    let checked = golden::run(folder.path(), &["compose.yaml", "-o", "k8s", "--check"]);
    assert_eq!(checked.status, 0, "{}", checked.stderr);
}
