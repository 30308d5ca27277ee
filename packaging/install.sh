#!/bin/sh
# Installs compose2k8s @VERSION@ from its release page: the program for this machine, after its checksum was compared.
#
#   install.sh [--to DIR]    DIR is where the program goes; the default is ~/.local/bin
#
# Everything happens in a function that the last line calls, so that a download that was cut off does nothing.
set -eu

repository=@REPOSITORY@
version=@VERSION@

fail() { # MESSAGE
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

# Prints the target of this machine as Rust names it.
target() {
  case $(uname -s) in
    Linux) system=unknown-linux-musl ;;
    Darwin) system=apple-darwin ;;
    *) fail "there is no program for $(uname -s); cargo install builds it" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) echo "x86_64-$system" ;;
    aarch64 | arm64) echo "aarch64-$system" ;;
    *) fail "there is no program for $(uname -m); cargo install builds it" ;;
  esac
}

# Downloads a file of the release, by HTTPS only.
download() { # NAME FILE
  url=$repository/releases/download/v$version/$1
  if command -v curl >/dev/null; then
    curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --output "$2" "$url"
  elif command -v wget >/dev/null; then
    wget --https-only --quiet --output-document="$2" "$url"
  else
    fail "install curl or wget, then run this again"
  fi || fail "cannot download $url"
}

# Prints the SHA-256 of a file.
sha256() { # FILE
  if command -v sha256sum >/dev/null; then
    sha256sum "$1"
  else
    shasum -a 256 "$1"
  fi | cut -d ' ' -f 1
}

main() {
  to=${XDG_BIN_HOME:-$HOME/.local/bin}
  while [ $# -gt 0 ]; do
    case $1 in
      --to) [ $# -gt 1 ] || fail "--to needs a directory"; to=$2; shift 2 ;;
      *) fail "unknown argument $1; usage: install.sh [--to DIR]" ;;
    esac
  done
  name=compose2k8s-$version-$(target)
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT

  download "$name.tar.gz" "$scratch/$name.tar.gz"
  download SHA256SUMS "$scratch/SHA256SUMS"
  expected=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$name\.tar\.gz\$/\1/p" "$scratch/SHA256SUMS")
  [ "$expected" ] || fail "SHA256SUMS of the release has no line for $name.tar.gz"
  actual=$(sha256 "$scratch/$name.tar.gz")
  [ "$actual" = "$expected" ] || fail "the checksum of $name.tar.gz is $actual, not $expected; nothing was installed"
  if command -v gh >/dev/null && gh auth status >/dev/null 2>&1; then
    gh attestation verify "$scratch/$name.tar.gz" --repo "${repository#https://github.com/}" >/dev/null ||
      fail "GitHub has no valid attestation for $name.tar.gz; nothing was installed"
  fi

  tar -xzf "$scratch/$name.tar.gz" -C "$scratch"
  mkdir -p "$to"
  # A rename replaces a program that is running; the name beside it keeps both on one file system.
  cp "$scratch/$name/compose2k8s" "$to/.compose2k8s.new"
  chmod 755 "$to/.compose2k8s.new"
  mv -f "$to/.compose2k8s.new" "$to/compose2k8s"
  printf 'installed %s: compose2k8s %s\n' "$to/compose2k8s" "$version"
  case :$PATH: in
    *:"$to":*) ;;
    *) printf 'add %s to PATH, or call it by that path\n' "$to" ;;
  esac
}

main "$@"
