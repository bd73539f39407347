#!/usr/bin/env bash
# bench/compare.sh COMMIT OUT [options of the bench]
#
# Measures COMMIT and then this checkout on this machine, writes OUT/before.json and OUT/now.json, and exits with 1 where a ratio of this
# checkout is worse than one of COMMIT by more than a quarter with no round as good.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -lt 2 ]; then
  echo "bench/compare.sh COMMIT OUT [options of the bench]" >&2
  exit 2
fi
commit=$(git rev-parse --verify "$1^{commit}")
mkdir -p "$2"
out=$(cd "$2" && pwd)
shift 2

before=$(mktemp -d)
trap 'git worktree remove --force "$before"' EXIT
git worktree add --quiet --detach --force "$before" "$commit"

measure() {
  npm ci --no-progress
  npm run --silent build
  npm run --silent bench -- "$@"
}
(cd "$before" && measure "${@:---rounds=3}" --json "$out/before.json")
measure "${@:---rounds=3}" --json "$out/now.json" --against "$out/before.json"
