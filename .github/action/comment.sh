#!/usr/bin/env bash
# Puts the summary on the pull request: one comment, which is changed from then on.
set -euo pipefail

marker="<!-- bica: what holds and what changed -->"
body="$RUNNER_TEMP/bica-comment.md"
{
  echo "$marker"
  cat "$BICA_SUMMARY"
} >"$body"

comments="repos/$GITHUB_REPOSITORY/issues/$BICA_PULL_REQUEST/comments"
known="$(gh api --paginate "$comments" --jq ".[] | select(.body | startswith(\"$marker\")) | .id" | head -n 1)"
if [ -n "$known" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" -F "body=@$body" >/dev/null
else
  gh api --method POST "$comments" -F "body=@$body" >/dev/null
fi
