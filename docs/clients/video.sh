#!/usr/bin/env bash
# Sends a request, follows its progress, prints the video's address. Needs curl and jq.
#   RUNPOD_ENDPOINT=https://api.runpod.ai/v2/<endpoint id> RUNPOD_API_KEY=… ./video.sh request.json
# POLL_SECONDS: pause between two looks (5). WEBHOOK: an address the platform posts the end to.
set -euo pipefail
usage="RUNPOD_ENDPOINT=https://api.runpod.ai/v2/<endpoint id> RUNPOD_API_KEY=… $0 request.json"
for name in RUNPOD_ENDPOINT RUNPOD_API_KEY; do
  [ -n "${!name:-}" ] || { echo "$name is not set. Usage: $usage" >&2; exit 1; }
done
[ $# -eq 1 ] || { echo "One request file is needed. Usage: $usage" >&2; exit 1; }
[ -r "$1" ] || { echo "$1 cannot be read" >&2; exit 1; }

call() { curl -sS --retry 5 --retry-delay 2 -H "Authorization: Bearer $RUNPOD_API_KEY" "$@"; }

body=$(jq --arg webhook "${WEBHOOK:-}" \
  '{input: (.input // .)} + (if $webhook == "" then {} else {$webhook} end)' "$1")
submitted=$(call -H "Content-Type: application/json" -d @- "$RUNPOD_ENDPOINT/run" <<<"$body")
id=$(jq -er .id <<<"$submitted") || { echo "refused: $submitted" >&2; exit 1; }
trap 'call -X POST "$RUNPOD_ENDPOINT/cancel/$id" >/dev/null; exit 130' INT TERM

while :; do
  answer=$(call "$RUNPOD_ENDPOINT/status/$id")
  case $(jq -r '.status // "none"' <<<"$answer") in
    COMPLETED) break ;;
    IN_QUEUE) echo "in the queue" >&2 ;;
    IN_PROGRESS | RUNNING)
      jq -r '.output | "\(.percent // 0) %  \(.stage // "begins")"' <<<"$answer" >&2 ;;
    *) # FAILED, CANCELLED, TIMED_OUT; no status at all: the result has expired
      jq -r '.error // .status // "unknown job"' <<<"$answer" >&2
      jq -r '.output.errors[]? | "  \(.field): \(.message)"' <<<"$answer" >&2
      exit 1 ;;
  esac
  sleep "${POLL_SECONDS:-5}"
done

jq -r '.output.output.details.warnings[]? | "warning: \(.)"' <<<"$answer" >&2
# Without a bucket the video itself is in the answer.
if url=$(jq -er .output.output.video_url <<<"$answer"); then
  echo "$url"
else
  name=$(jq -er .output.output.video_filename <<<"$answer")
  jq -er .output.output.video_base64 <<<"$answer" | base64 -d >"$name"
  echo "$name"
fi
