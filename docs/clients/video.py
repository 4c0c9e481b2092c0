"""Sends a request, follows its progress, prints the video's address. Python 3.9, no packages.

RUNPOD_ENDPOINT=https://api.runpod.ai/v2/<endpoint id> RUNPOD_API_KEY=… python3 video.py request.json
POLL_SECONDS: pause between two looks (5). WEBHOOK: an address the platform posts the end to.
"""

import base64
import json
import os
import sys
import time
import urllib.error
import urllib.request

for name in ("RUNPOD_ENDPOINT", "RUNPOD_API_KEY"):
    if not os.environ.get(name):
        sys.exit(name + " is not set. Usage: " + __doc__.splitlines()[2])
if len(sys.argv) != 2:
    sys.exit("One request file is needed. Usage: " + __doc__.splitlines()[2])
ENDPOINT = os.environ["RUNPOD_ENDPOINT"].rstrip("/")
if not ENDPOINT.startswith(("http://", "https://")):
    sys.exit("RUNPOD_ENDPOINT must be a URL such as https://api.runpod.ai/v2/<endpoint id>")


def call(path, body=None):
    request = urllib.request.Request(
        ENDPOINT + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": "Bearer " + os.environ["RUNPOD_API_KEY"],
            "Content-Type": "application/json",
        },
    )
    for last in (False, False, True):
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as e:
            if last or (e.code != 429 and e.code < 500):
                sys.exit(f"{path}: {e.code} {e.reason}: {e.read().decode(errors='replace')}")
        except urllib.error.URLError as e:
            if last:
                sys.exit(f"{path}: {e.reason}")
        time.sleep(2)


def video(request):
    """The output of a finished job; None in the request stands for the default."""
    job = {"input": request.get("input", request)}
    if os.environ.get("WEBHOOK"):
        job["webhook"] = os.environ["WEBHOOK"]
    job_id = call("/run", job)["id"]
    try:
        while True:
            answer = call("/status/" + job_id)
            status = answer["status"]
            output = answer.get("output") or {}
            if status == "COMPLETED":
                return output["output"]
            if status not in ("IN_QUEUE", "IN_PROGRESS", "RUNNING"):
                errors = [f"\n  {e['field']}: {e['message']}" for e in output.get("errors", [])]
                sys.exit(answer.get("error", status) + "".join(errors))
            print(output.get("percent", 0), "% ", output.get("stage", status), file=sys.stderr)
            time.sleep(float(os.environ.get("POLL_SECONDS", 5)))
    except KeyboardInterrupt:
        call("/cancel/" + job_id, {})
        raise


if __name__ == "__main__":
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            asked = json.load(file)
    except (OSError, ValueError) as e:
        sys.exit(f"{sys.argv[1]} cannot be read: {e}")
    made = video(asked)
    for warning in made.get("details", {}).get("warnings", []):
        print("warning:", warning, file=sys.stderr)
    if made["video_url"] is None:  # without a bucket the video itself is in the answer
        with open(made["video_filename"], "wb") as file:
            file.write(base64.b64decode(made["video_base64"]))
    print(made["video_url"] or made["video_filename"])
