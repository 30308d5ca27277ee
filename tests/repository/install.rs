//! `packaging/install.sh` with a release on the disk, and the versions of the packages.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::golden::root;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Writes an executable file.
fn script(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file can be written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it becomes executable");
}

/// Returns the text of install.sh as a release has it.
fn rendered() -> String {
    let output = Command::new(root().join("packaging/render-install")).output().expect("the script starts");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A folder with install.sh, the files of a release for Linux on x86-64, and a `curl` that serves them.
struct Release {
    folder: tempfile::TempDir,
}

impl Release {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let name = format!("compose2k8s-{VERSION}-x86_64-unknown-linux-musl");
        let path = folder.path();
        for part in ["bin", "served", "home", name.as_str()] {
            std::fs::create_dir(path.join(part)).expect("a folder");
        }
        script(&path.join(&name).join("compose2k8s"), "#!/bin/sh\necho installed program\n");
        let made = Command::new("sh")
            .current_dir(path)
            .args(["-c", "tar -czf served/$0.tar.gz $0 && cd served && sha256sum $0.tar.gz >SHA256SUMS", name.as_str()])
            .status();
        assert!(made.expect("sh starts").success());
        script(&path.join("bin/uname"), "#!/bin/sh\ncase $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac\n");
        // Prints nothing; the file that follows --output gets the file that the address ends with.
        let curl = "#!/bin/sh\ncase \"$*\" in *--proto\\ =https*) ;; *) exit 3 ;; esac\nwhile [ $# -gt 1 ]; do\n  \
                    case $1 in --output) to=$2 ;; esac\n  shift\ndone\necho \"$1\" >>ADDRESSES\n\
                    cp \"SERVED/${1##*/}\" \"$to\"\n";
        let served = path.join("served").display().to_string();
        let addresses = path.join("addresses").display().to_string();
        script(&path.join("bin/curl"), &curl.replace("SERVED", &served).replace("ADDRESSES", &addresses));
        script(&path.join("install.sh"), &rendered());
        Self { folder }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Runs install.sh. Returns whether it succeeded, and what it printed.
    fn install(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new("sh")
            .arg(self.path("install.sh"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.path("home"))
            .env("PATH", format!("{}:/usr/bin:/bin", self.path("bin").display()))
            .output()
            .expect("sh starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text)
    }
}

#[test]
fn the_program_of_the_release_is_installed_after_its_checksum_was_compared() {
    let release = Release::new();
    let (done, text) = release.install(&[]);
    assert!(done, "{text}");
    let program = release.path("home/.local/bin/compose2k8s");
    assert!(text.contains("to PATH"), "{text}");
    assert_eq!(Command::new(&program).output().expect("it runs").stdout, b"installed program\n");
    let addresses = std::fs::read_to_string(release.path("addresses")).expect("curl ran");
    let expected = format!("/releases/download/v{VERSION}/compose2k8s-{VERSION}-x86_64-unknown-linux-musl.tar.gz");
    assert!(addresses.lines().all(|address| address.starts_with("https://")), "{addresses}");
    assert!(addresses.lines().next().is_some_and(|address| address.ends_with(&expected)), "{addresses}");

    let other = release.path("other");
    let (done, text) = release.install(&["--to", &other.display().to_string()]);
    assert!(done && other.join("compose2k8s").exists(), "{text}");
}

#[test]
fn nothing_is_installed_if_something_is_wrong() {
    let altered = Release::new();
    let archive = altered.path(&format!("served/compose2k8s-{VERSION}-x86_64-unknown-linux-musl.tar.gz"));
    std::fs::OpenOptions::new()
        .append(true)
        .open(&archive)
        .and_then(|mut file| std::io::Write::write_all(&mut file, b"x"))
        .expect("the archive can be changed");
    let incomplete = Release::new();
    std::fs::write(incomplete.path("served/SHA256SUMS"), "").expect("the sums can be changed");
    let missing = Release::new();
    std::fs::remove_file(missing.path("served/SHA256SUMS")).expect("the sums can be removed");
    let unattested = Release::new();
    script(&unattested.path("bin/gh"), "#!/bin/sh\ntest \"$1\" = auth\n");
    let other_system = Release::new();
    script(&other_system.path("bin/uname"), "#!/bin/sh\necho Plan9\n");
    let unknown_option = Release::new();
    for (release, arguments, expected) in [
        (&altered, &[][..], "the checksum of compose2k8s-"),
        (&incomplete, &[], "SHA256SUMS of the release has no line for compose2k8s-"),
        (&missing, &[], "cannot download https://"),
        (&unattested, &[], "no valid attestation"),
        (&other_system, &[], "there is no program for Plan9"),
        (&unknown_option, &["--from"], "unknown argument --from"),
    ] {
        let (done, text) = release.install(arguments);
        assert!(!done && text.contains(expected), "{text}");
        assert!(!release.path("home/.local").exists(), "{text}");
    }
}

#[test]
fn a_download_that_was_cut_off_does_nothing() {
    let release = Release::new();
    let whole = rendered();
    for (end, _) in whole.match_indices('\n').filter(|(end, _)| end + 1 < whole.len()) {
        std::fs::write(release.path("install.sh"), &whole[..end]).expect("a file can be written");
        release.install(&[]);
        assert!(!release.path("home/.local").exists() && !release.path("addresses").exists(), "cut at byte {end}");
    }
}

#[test]
fn every_package_has_the_version_of_the_program() {
    let shim = std::fs::read_to_string(root().join("pyproject.toml")).expect("pyproject.toml");
    assert!(shim.contains(&format!("version = \"{VERSION}\"")), "{shim}");
    assert!(shim.contains(&format!("dependencies = [\"compose2k8s=={VERSION}\"]")), "{shim}");
    let installer = rendered();
    assert!(installer.contains(&format!("version={VERSION}\n")) && !installer.contains("@VERSION@"), "{installer}");
    assert!(installer.contains(&format!("repository={}\n", env!("CARGO_PKG_REPOSITORY"))), "{installer}");
}
