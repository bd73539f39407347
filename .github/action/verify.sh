#!/usr/bin/env bash
# What the action runs: `bica ci` with the action's inputs, its summary for the job and for the comment, its exit code.
set -uo pipefail

files=()
while IFS= read -r file; do
  [ -z "$file" ] || files+=("$file")
done <<<"${BICA_FILES:-}"

lock="${BICA_LOCK:-}"
if [ -z "$lock" ]; then
  if [ "${#files[@]}" -gt 0 ]; then
    lock="$(dirname "${files[0]}")/bica.lock"
  elif [ -f bica.lock ]; then
    lock=bica.lock
  else
    lock=pipelines/bica.lock
  fi
fi

summary="$RUNNER_TEMP/bica-summary.md"
rm -f "$summary"
words=(ci --lock "$lock" --summary "$summary"
  --whole "${BICA_WHOLE:-500}" --sample "${BICA_SAMPLE:-1}" --updates "${BICA_UPDATES:-2}")
[ -z "${BICA_ENGINE:-}" ] || words+=(--engine "$BICA_ENGINE")

# The lock of the branch that a pull request goes to, if there is one.
before="$RUNNER_TEMP/bica-before.lock"
if [ -n "${GITHUB_BASE_REF:-}" ] &&
  git fetch --quiet --no-tags --depth=1 origin "$GITHUB_BASE_REF" &&
  git show "FETCH_HEAD:./$lock" >"$before" 2>/dev/null; then
  words+=(--before "$before")
fi

node "$GITHUB_ACTION_PATH/bin/bica.js" "${words[@]}" ${files[@]+"${files[@]}"}
code=$?

if [ -f "$summary" ]; then
  cat "$summary" >>"$GITHUB_STEP_SUMMARY"
  echo "summary=$summary" >>"$GITHUB_OUTPUT"
fi
exit "$code"
