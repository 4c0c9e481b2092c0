// Sends a request, follows its progress, prints the video's address. Node 18 or later, no packages.
//   RUNPOD_ENDPOINT=https://api.runpod.ai/v2/<endpoint id> RUNPOD_API_KEY=… node video.ts request.json
// Strict TypeScript in which all types are inferred, so it is JavaScript too: Node before 22.18 does not
// know the ending .ts and takes it from stdin: node --input-type=module - request.json < video.ts
// POLL_SECONDS: pause between two looks (5). WEBHOOK: an address the platform posts the end to.
// The key is a server's: never put it into a page. Pages ask your own server, which asks the endpoint.
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

const env = process.env;
const file = `${process.argv[2] ?? ""}`;
const missing = ["RUNPOD_ENDPOINT", "RUNPOD_API_KEY"].filter((name) => !env[name]);
if (missing.length || !file) {
  const why = missing.length ? `${missing.join(" and ")} must be set` : "One request file is needed";
  const usage = "RUNPOD_ENDPOINT=https://api.runpod.ai/v2/<endpoint id> RUNPOD_API_KEY=…";
  console.error(`${why}. Usage: ${usage} node video.ts request.json`);
  process.exit(1);
}
process.once("uncaughtException", (e) => {
  console.error(`${env.RUNPOD_ENDPOINT}: ${e.cause instanceof Error ? e.cause.message : e.message}`);
  process.exit(1);
});
const headers = {
  Authorization: `Bearer ${env.RUNPOD_API_KEY}`,
  "Content-Type": "application/json",
};
const text = await readFile(file, "utf8").catch(() => "");
const request = (() => {
  try {
    return JSON.parse(text);
  } catch {
    console.error(`${file} cannot be read as JSON`);
    process.exit(1);
  }
})();
const job = { input: request.input ?? request, webhook: env.WEBHOOK };

const submitted = await fetch(`${env.RUNPOD_ENDPOINT}/run`, {
  method: "POST",
  headers,
  body: JSON.stringify(job),
});
if (!submitted.ok) {
  console.error(`/run: ${submitted.status} ${await submitted.text()}`);
  process.exit(1);
}
const { id } = await submitted.json();
process.once("SIGINT", async () => {
  await fetch(`${env.RUNPOD_ENDPOINT}/cancel/${id}`, { method: "POST", headers });
  process.exit(130);
});

for (;;) {
  const looked = await fetch(`${env.RUNPOD_ENDPOINT}/status/${id}`, { headers });
  if (looked.status === 429 || looked.status >= 500) {
    await pause(2000);
    continue;
  }
  const answer = await looked.json();
  if (answer.status === "COMPLETED") {
    const made = answer.output.output;
    for (const warning of made.details?.warnings ?? []) console.error(`warning: ${warning}`);
    if (made.video_url === null) {
      // Without a bucket the video itself is in the answer.
      await writeFile(made.video_filename, Buffer.from(made.video_base64, "base64"));
    }
    console.log(made.video_url ?? made.video_filename);
    process.exit(0);
  }
  if (!["IN_QUEUE", "IN_PROGRESS", "RUNNING"].includes(answer.status)) {
    console.error(answer.error ?? answer.status ?? "unknown job");
    for (const fault of answer.output?.errors ?? []) {
      console.error(`  ${fault.field}: ${fault.message}`);
    }
    process.exit(1);
  }
  console.error(answer.output?.percent ?? 0, "% ", answer.output?.stage ?? answer.status);
  await pause(1000 * Number(env.POLL_SECONDS ?? 5));
}
