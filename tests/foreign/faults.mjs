// What Node's own HTTP/2 sees of one request that a fault strikes.
// Usage: node faults.mjs '{"url","ca","token","body","audio","patience","ping"}'; prints what it saw as JSON when the request is over,
// or after so many milliseconds.
import http2 from "node:http2";
import fs from "node:fs";

const plan = JSON.parse(process.argv[2]);
const session = http2.connect(plan.url, plan.ca ? { ca: fs.readFileSync(plan.ca) } : {});
const common = { authorization: `Bearer ${plan.token}`, "user-agent": "Foreign/NodeDevice/1.0.0 (Linux;PC)" };
const seen = { status: null, bytes: 0, largest: 0, ended: false, reset: null, goaway: null, error: null, pong: false,
  closed: false, uploaded: false, ms: 0 };

session.on("goaway", (code, last, debug) => { seen.goaway = [code, debug ? debug.toString() : ""]; });
session.on("error", (error) => { seen.error = error.code; });
const channel = session.request({ ":path": "/v1/directives", ...common });
channel.on("error", () => {});
await new Promise((resolve) => channel.once("data", resolve));

const stream = session.request({ ":method": "POST", ":path": "/v1/events", ...common,
  "content-type": "multipart/form-data; boundary=term" });
stream.on("response", (fields) => { seen.status = fields[":status"]; });
stream.on("data", (chunk) => { seen.bytes += chunk.length; seen.largest = Math.max(seen.largest, chunk.length); seen.tail = chunk.subarray(-4).toString("latin1"); });
stream.on("end", () => { seen.ended = true; });
stream.on("error", (error) => { seen.error ??= error.code; });
stream.on("finish", () => { seen.uploaded = true; });
const began = performance.now();
stream.end(Buffer.concat([Buffer.from(plan.body, "base64"), Buffer.alloc(plan.audio)]));
const sessionClosed = new Promise((resolve) => session.on("close", () => { seen.closed = true; resolve(); }));
const patience = new Promise((resolve) => setTimeout(resolve, plan.patience));
await Promise.race([new Promise((resolve) => stream.on("close", resolve)), patience]);
seen.ms = performance.now() - began;
if (plan.ping && !session.destroyed) {
  const pong = new Promise((resolve) => session.ping((error) => { seen.pong = !error; resolve(); }));
  await Promise.race([pong, new Promise((resolve) => setTimeout(resolve, plan.patience))]);
}
// A session that dies takes its streams along before it says why.
if (session.destroyed) await Promise.race([sessionClosed, new Promise((resolve) => setTimeout(resolve, 500))]);
seen.reset = stream.rstCode || null;
console.log(JSON.stringify(seen));
process.exit(0);
