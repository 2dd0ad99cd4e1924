// What Node's own HTTP/2 sees of one request that a fault strikes.
// Usage: node faults.mjs '{"url","ca","path","method","token","body"}'; prints what it saw as JSON.
import http2 from "node:http2";
import fs from "node:fs";

const plan = JSON.parse(process.argv[2]);
const session = http2.connect(plan.url, plan.ca ? { ca: fs.readFileSync(plan.ca) } : {});
const common = { authorization: `Bearer ${plan.token}`, "user-agent": "Foreign/NodeDevice/1.0.0 (Linux;PC)" };
const seen = { status: null, bytes: 0, ended: false, reset: null, goaway: null, error: null };

session.on("goaway", (code, last, debug) => { seen.goaway = [code, debug ? debug.toString() : ""]; });
session.on("error", (error) => { seen.error = error.code; });
const channel = session.request({ ":path": "/v1/directives", ...common });
channel.on("error", () => {});
await new Promise((resolve) => channel.once("data", resolve));

const stream = session.request({ ":method": "POST", ":path": "/v1/events", ...common,
  "content-type": "multipart/form-data; boundary=term" });
stream.on("response", (fields) => { seen.status = fields[":status"]; });
stream.on("data", (chunk) => { seen.bytes += chunk.length; seen.tail = chunk.subarray(-4).toString("latin1"); });
stream.on("end", () => { seen.ended = true; });
stream.on("error", (error) => { seen.error ??= error.code; });
stream.end(Buffer.from(plan.body, "base64"));
const sessionClosed = new Promise((resolve) => session.on("close", resolve));
await new Promise((resolve) => stream.on("close", resolve));
// A session that dies takes its streams along before it says why.
if (session.destroyed) await Promise.race([sessionClosed, new Promise((resolve) => setTimeout(resolve, 500))]);
seen.reset = stream.rstCode || null;
console.log(JSON.stringify(seen));
process.exit(0);
