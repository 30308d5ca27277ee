#!/usr/bin/env bash
# benches/compare.sh [KOMPOSE] [COMPOSE_CONFIG]: the same files through this program and, where given, through kompose's binary and
# a program that prints the official loader's model (`docker-compose`, or any that takes `-f FILE config`). Runs alternate, so that
# all have the same machine; the best of RUNS (20) counts, and the ratios are of it. Memory is the largest of one run.
# PROGRAM (default: target/release/compose2k8s) is this program.
set -o errexit -o nounset -o pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

program=${PROGRAM:-target/release/compose2k8s} kompose=${1-} config=${2-} runs=${RUNS:-20}
[[ -x $program ]] || { echo "no $program: cargo build --release" >&2; exit 2; }
program=$(realpath -- "$program")
for peer in "$kompose" "$config"; do
  [[ -z $peer ]] || command -v -- "$peer" >/dev/null || { echo "no $peer" >&2; exit 2; }
done

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT

# A project that all of them take: no key without an equivalent.
generate() {
  local number
  echo 'name: bench'
  echo 'services:'
  for ((number = 0; number < $1; number++)); do
    printf '  service-%s:\n    image: registry.example.com/team/service-%s:1.%s\n    command: [serve, "8080"]\n' "$number" "$number" "$number"
    printf '    environment: {NAME: service-%s, URL: "postgres://user@db-%s:5432/app"}\n    ports: ["8080"]\n' "$number" "$number"
    printf '    healthcheck: {test: [CMD, curl, -f, "http://localhost:8080/"], interval: 10s}\n'
  done
}

# Microseconds of one run, output thrown away; a run that fails ends the comparison.
once() {
  local start=$EPOCHREALTIME end
  "$@" >"$folder/out" 2>&1 || { cat "$folder/out" >&2; echo "failed: $*" >&2; exit 1; }
  end=$EPOCHREALTIME
  echo $((${end/./} - ${start/./}))
}

memory() {
  if [[ -x /usr/bin/time ]]; then
    /usr/bin/time -f '%M' -o "$folder/memory" "$@" >/dev/null 2>&1 && cat "$folder/memory"
  else
    # Python is everywhere and knows how much its child had.
    python3 -c 'import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=-3, stderr=-3); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
  fi
}

ours_stream() { "$program" "$file" -o -; }
ours_write() { rm -rf "$folder/k8s" && "$program" "$file" --quiet -o "$folder/k8s"; }
ours_again() { "$program" "$file" --quiet -o "$folder/k8s"; }
ours_check() { "$program" "$file" --quiet -o "$folder/k8s" --check; }
ours_config() { "$program" config "$file"; }
kompose_stream() { "$kompose" convert --file "$file" --stdout; }
kompose_write() { rm -rf "$folder/kompose" && mkdir "$folder/kompose" && "$kompose" convert --file "$file" --out "$folder/kompose"; }
official_config() { "$config" -f "$file" config; }

compare() {
  local name=$1 what time run
  local -a all=(ours_stream ours_write ours_again ours_check ours_config)
  local -A best=()
  file=$2
  [[ -z $kompose ]] || all+=(kompose_stream kompose_write)
  [[ -z $config ]] || all+=(official_config)
  for ((run = 0; run < runs; run++)); do
    for what in "${all[@]}"; do
      time=$(once "$what")
      [[ -n ${best[$what]-} && ${best[$what]} -le $time ]] || best[$what]=$time
    done
  done
  printf '\n%s (%s bytes), best of %s\n' "$name" "$(wc -c <"$file")" "$runs"
  for what in "${all[@]}"; do printf '  %-16s %9d us\n' "$what" "${best[$what]}"; done
  printf '  memory of ours   %9d KiB\n' "$(memory "$program" "$file" -o -)"
  if [[ -n $kompose ]]; then
    printf '  memory of kompose%9d KiB\n' "$(memory "$kompose" convert --file "$file" --stdout)"
    ratio 'kompose / ours, as a stream' "${best[kompose_stream]}" "${best[ours_stream]}"
    ratio 'kompose / ours, written' "${best[kompose_write]}" "${best[ours_write]}"
  fi
  [[ -z $config ]] || ratio 'official config / ours' "${best[official_config]}" "${best[ours_config]}"
}

ratio() { awk -v name="$1" -v theirs="$2" -v ours="$3" 'BEGIN { printf "  %-28s %6.1f x\n", name, theirs / ours }'; }

# A copy, because scripts of runs are written beside the Compose file.
cp -R fixtures/boulder "$folder/boulder"
compare Boulder "$folder/boulder/docker-compose.yml"
for services in 10 100 1000; do
  generate "$services" >"$folder/compose-$services.yaml"
  compare "$services services" "$folder/compose-$services.yaml"
done
