// Drives the platform's official client through all its calls; tells what came as JSON.
// BASE, IMAGE: the server's address, and that of an image. Argument: the folder of runpod-sdk.
import path from "node:path";
import { pathToFileURL } from "node:url";

const entry = path.resolve(process.argv[2], "dist/src/index.js");
const { default: runpod } = await import(pathToFileURL(entry).href);

// Its own remarks would stand among the JSON.
console.log = () => {};

const client = runpod("any-key", { baseUrl: process.env.BASE + "/v2" });
const endpoint = client.endpoint("42qdgmzjc9ldy5");
const input = {
  image_url: process.env.IMAGE, duration: 1, width: 64, height: 64, fps: 8, steps: 1, seed: 1,
};

const told = { statuses: [], progress: 0 };
told.run = await endpoint.run({ input: { ...input, width: 512, height: 512, fps: 30 } }, 30000);
for await (const chunk of endpoint.stream(told.run.id, 60000)) {
  told.progress += chunk.output.percent >= 0 ? 1 : 0;
  told.statuses.push((await endpoint.status(told.run.id, 30000)).status);
}
told.statuses.push((await endpoint.status(told.run.id, 30000)).status);
told.sync = await endpoint.runSync({ input }, 60000);
const long = await endpoint.run({ input: { ...input, duration: 30, width: 1280, height: 736, fps: 60 } }, 30000);
told.cancelled = await endpoint.cancel(long.id, 30000);
told.purged = await endpoint.purgeQueue(30000);
told.health = await endpoint.health(30000);
process.stdout.write(JSON.stringify(told));
