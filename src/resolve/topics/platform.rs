//! `platform`: the operating system and the architecture of an image.
//! <https://github.com/containerd/platforms/blob/main/platforms.go>

use super::fields::Fields;
use crate::keys::Key;
use crate::report::Report;
use crate::resolve::model::process::Platform;
use crate::text::Spanned;

/// The architectures that images of Linux are built for, with Go's names.
const ARCHITECTURES: &[&str] = &[
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64",
    "s390x", "wasm",
];

/// Takes `platform`. Like Docker, it ignores case, accepts the kernel's names of architectures, and takes one component for an
/// operating system or an architecture.
pub(super) fn take_platform(fields: &mut Fields<'_>, report: &mut Report) -> Option<Spanned<Platform>> {
    let written = fields.take_text(Key::Platform)?;
    match parse(&written.value) {
        Ok(platform) => Some(Spanned::new(platform, written.span)),
        Err(why) => {
            fields.not_possible(format!("`platform: {}` {why}", written.value), written.span, report);
            None
        }
    }
}

fn parse(written: &str) -> Result<Platform, &'static str> {
    let lower = written.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split('/').collect();
    let is_component = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
    };
    if parts.len() > 3 || !parts.iter().all(is_component) {
        return Err("is not `OS`, `ARCHITECTURE`, `OS/ARCHITECTURE` or `OS/ARCHITECTURE/VARIANT`");
    }
    let (os, architecture, variant) = match parts.as_slice() {
        ["linux"] => return Ok(Platform { os: "linux".to_owned(), architecture: None, variant: None }),
        [architecture] => ("linux", *architecture, None),
        [os, architecture] => (*os, *architecture, None),
        [os, architecture, variant, ..] => (*os, *architecture, Some(*variant)),
        [] => return Err("is empty"),
    };
    if !matches!(os, "linux" | "wasi" | "wasip1") {
        return Err("has an operating system that Docker on Linux does not run");
    }
    let (architecture, own_variant) = match architecture {
        "x86_64" | "x86-64" => ("amd64", None),
        "aarch64" => ("arm64", None),
        "armhf" => ("arm", Some("v7")),
        "armel" => ("arm", Some("v6")),
        "i386" => ("386", None),
        other => (other, None),
    };
    if !ARCHITECTURES.contains(&architecture) {
        return Err("has an unknown architecture");
    }
    let variant = variant.or(own_variant).map(str::to_owned);
    Ok(Platform { os: os.to_owned(), architecture: Some(architecture.to_owned()), variant })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_platform_are_one() {
        let normal = |written: &str| parse(written).map(|platform| platform.to_string());
        for (written, expected) in [
            ("linux", "linux"),
            ("amd64", "linux/amd64"),
            ("Linux/AMD64", "linux/amd64"),
            ("x86_64", "linux/amd64"),
            ("386", "linux/386"),
            ("linux/aarch64", "linux/arm64"),
            ("armhf", "linux/arm/v7"),
            ("wasi/wasm", "wasi/wasm"),
            ("linux/arm/v6", "linux/arm/v6"),
        ] {
            assert_eq!(normal(written).as_deref(), Ok(expected), "{written}");
        }
        for wrong in ["", "linux/", "bogus", "linux/foo", "windows/amd64", "a b", "linux/arm/v7/x"] {
            assert!(normal(wrong).is_err(), "{wrong}");
        }
    }
}
