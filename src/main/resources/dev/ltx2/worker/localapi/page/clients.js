export function program(language, input, locked) {
  const base = location.origin;
  const body = JSON.stringify({ input }, null, 2);
  return { curl, python, typescript }[language](base, body, locked);
}

function curl(base, body, locked) {
  const key = locked ? ` \\\n  -H "Authorization: Bearer $LOCAL_API_KEY"` : '';
  const quoted = body.replaceAll("'", "'\\''");
  return `curl ${base}/run${key} \\
  -H "Content-Type: application/json" \\
  -d '${quoted}'

# then, with its id:
curl ${base}/status/ID${key}
`;
}

function python(base, body, locked) {
  const key = locked ? ', "Authorization": "Bearer " + os.environ["LOCAL_API_KEY"]' : '';
  return `import json, os, time, urllib.request

def call(path, body=None):
    data = body and json.dumps(body).encode()
    headers = {"Content-Type": "application/json"${key}}
    request = urllib.request.Request("${base}" + path, data, headers)
    return json.load(urllib.request.urlopen(request))

job = call("/run", json.loads(r"""
${body}
"""))
while job["status"] in ("IN_QUEUE", "IN_PROGRESS"):
    time.sleep(1)
    job = call("/status/" + job["id"])
if job["status"] != "COMPLETED":
    raise SystemExit(job.get("error") or job["status"])
print(job["output"]["output"]["video_url"])
`;
}

function typescript(base, body, locked) {
  const key = locked ? ', Authorization: `Bearer ${process.env.LOCAL_API_KEY}`' : '';
  return `async function call(path: string, body?: object): Promise<any> {
  const headers = { "Content-Type": "application/json"${key} };
  const init = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
  const answer = await fetch("${base}" + path, init);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

let job = await call("/run", ${body});
while (["IN_QUEUE", "IN_PROGRESS"].includes(job.status)) {
  await new Promise((done) => setTimeout(done, 1000));
  job = await call("/status/" + job.id);
}
if (job.status !== "COMPLETED") throw new Error(job.error ?? job.status);
console.log(job.output.output.video_url);
`;
}
