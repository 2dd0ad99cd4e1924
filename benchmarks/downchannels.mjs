// Many open downchannels: latency of pushes. One program both asks for the push and receives it, so that one clock
// measures. Usage: node downchannels.mjs '{"url","ca","control","devices":[{device_id,access_token}],"one":N,"all":M}'
// Waits for lines on standard input: "one", "all", "quit"; answers each with a line of JSON.
import http from "node:http";
import http2 from "node:http2";
import fs from "node:fs";
import readline from "node:readline";

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const ca = fs.readFileSync(plan.ca);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const control = new URL(plan.control);
let onPart = () => {};

function open({ device_id, access_token }) {
  return new Promise((resolve, reject) => {
    const session = http2.connect(plan.url, { ca });
    session.on("error", reject);
    const channel = session.request({
      ":path": "/v1/directives", authorization: `Bearer ${access_token}`, "user-agent": "Load/Generator/1.0.0 (Linux;Node)",
    });
    channel.on("error", () => {});
    channel.once("data", () => {
      channel.on("data", () => onPart(device_id));
      resolve(session);
    });
  });
}

function push(device) {
  const body = JSON.stringify({
    ...(device ? { device } : {}),
    directive: { header: { namespace: "Clova", name: "RenderText" }, payload: { text: "x".repeat(900) } },
  });
  return new Promise((resolve, reject) => {
    const request = http.request(
      { agent, host: control.hostname, port: control.port, path: "/v1/push", method: "POST",
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) } },
      (response) => {
        let text = "";
        response.on("data", (data) => { text += data; });
        response.on("end", () => (response.statusCode === 200 ? resolve() : reject(new Error(text))));
      });
    request.on("error", reject);
    request.end(body);
  });
}

async function toOne(times) {
  const latencies = [];
  for (let i = 0; i < times; i++) {
    const target = plan.devices[(i * 7919) % plan.devices.length].device_id;
    const began = performance.now();
    const arrived = new Promise((resolve) => { onPart = (id) => { if (id === target) resolve(performance.now()); }; });
    await Promise.all([push(target), arrived.then((at) => latencies.push(at - began))]);
  }
  return latencies;
}

async function toAll(times) {
  const latencies = [];
  for (let i = 0; i < times; i++) {
    let left = plan.devices.length;
    const began = performance.now();
    const arrived = new Promise((resolve) => { onPart = () => { if (--left === 0) resolve(performance.now()); }; });
    await Promise.all([push(null), arrived.then((at) => latencies.push(at - began))]);
  }
  return latencies;
}

for (let i = 0; i < plan.devices.length; i += 20) {
  await Promise.all(plan.devices.slice(i, i + 20).map(open));
}
console.log(JSON.stringify({ open: plan.devices.length }));
for await (const line of readline.createInterface({ input: process.stdin })) {
  if (line === "one") console.log(JSON.stringify({ ms: await toOne(plan.one) }));
  if (line === "all") console.log(JSON.stringify({ ms: await toAll(plan.all) }));
  if (line === "quit") process.exit(0);
}
process.exit(0);
