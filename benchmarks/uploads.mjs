// Live audio: each device streams 6,400 bytes every 200 ms until StopCapture comes; meanwhile another one gets pushes.
// Usage: node uploads.mjs PLAN.json with {"url","ca","control","devices":[...],"pcm":FILE,"deciding":CHUNK,"listener":{...}}
// "deciding" is the index of the chunk in which the hang-over ends. Prints {"stop":[ms...],"push":[ms...],"statuses":{}}.
import http from "node:http";
import http2 from "node:http2";
import fs from "node:fs";
import { randomUUID } from "node:crypto";

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const ca = fs.readFileSync(plan.ca);
const pcm = fs.readFileSync(plan.pcm);
const control = new URL(plan.control);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const name = "Load/Generator/1.0.0 (Linux;Node)";
const result = { stop: [], push: [], statuses: {} };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function open({ access_token }, onData) {
  return new Promise((resolve, reject) => {
    const session = http2.connect(plan.url, { ca });
    session.on("error", reject);
    const channel = session.request({ ":path": "/v1/directives", authorization: `Bearer ${access_token}`, "user-agent": name });
    channel.on("error", () => {});
    channel.once("data", () => { channel.on("data", (data) => onData(data.toString())); resolve(session); });
  });
}

async function connect(device) {
  const speaker = { device, decided: 0, stopped: false };
  speaker.session = await open(device, (text) => {
    if (text.includes('"StopCapture"') && !speaker.stopped) {
      speaker.stopped = true;
      result.stop.push(performance.now() - speaker.decided);
    }
  });
  return speaker;
}

async function upload(speaker, delay) {
  const { device, session } = speaker;
  await sleep(delay);
  const stream = session.request({
    ":method": "POST", ":path": "/v1/events", authorization: `Bearer ${device.access_token}`, "user-agent": name,
    "content-type": "multipart/form-data; boundary=term",
  });
  const ended = new Promise((resolve) => stream.on("close", resolve));
  stream.on("response", (headers) => { result.statuses[headers[":status"]] = (result.statuses[headers[":status"]] ?? 0) + 1; });
  stream.resume();
  const event = { context: [], event: { header: { namespace: "SpeechRecognizer", name: "Recognize",
    messageId: randomUUID(), dialogRequestId: randomUUID() }, payload: { lang: "ko" } } };
  stream.write('--term\r\nContent-Disposition: form-data; name="metadata"\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n' +
    JSON.stringify(event) + '\r\n--term\r\nContent-Disposition: form-data; name="audio"\r\nContent-Type: application/octet-stream\r\n\r\n');
  const began = performance.now();
  for (let i = 0; i * 6400 < pcm.length && !speaker.stopped; i++) {
    await sleep(Math.max(0, began + i * 200 - performance.now()));
    if (speaker.stopped) break;
    stream.write(pcm.subarray(i * 6400, (i + 1) * 6400));
    if (i === plan.deciding) speaker.decided = performance.now();
  }
  stream.end("\r\n--term--\r\n");
  await ended;
  session.close();
}

let arrived = () => {};

async function pushes(running) {
  while (running()) {
    const began = performance.now();
    const at = new Promise((resolve) => { arrived = resolve; });
    const body = JSON.stringify({ device: plan.listener.device_id,
      directive: { header: { namespace: "Clova", name: "RenderText" }, payload: { text: "x".repeat(900) } } });
    http.request({ agent, host: control.hostname, port: control.port, path: "/v1/push", method: "POST",
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) } },
      (response) => response.resume()).end(body);
    result.push.push((await at) - began);
    await sleep(20);
  }
}

// What is measured is audio load, not a hundred TLS handshakes: all are connected before it begins.
await open(plan.listener, () => arrived(performance.now()));
const speakers = await Promise.all(plan.devices.map(connect));
let live = true;
const pushing = pushes(() => live);
await Promise.all(speakers.map((speaker, i) => upload(speaker, 500 + (i * 200) / speakers.length)));
live = false;
await pushing;
console.log(JSON.stringify(result));
process.exit(0);
