// A device on Node's own HTTP/2: logs in, keeps a downchannel, streams speech until StopCapture, reads the answer.
// Usage: node device.mjs '{"url","ca","client_id","client_secret","naver_access_token","pcm"}'; prints what it saw as JSON.
import http2 from "node:http2";
import fs from "node:fs";
import { randomUUID } from "node:crypto";

const plan = JSON.parse(process.argv[2]);
const session = http2.connect(plan.url, plan.ca ? { ca: fs.readFileSync(plan.ca) } : {});
const agent = "Foreign/NodeDevice/1.0.0 (Linux;PC)";
const device = "7f3c4c1e-0b5e-4c61-9d2f-6a5f3e0c9b11";
const seen = {};

function fetch(path, headers = {}, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":path": path, "user-agent": agent, ...headers });
    const chunks = [];
    let status;
    stream.on("response", (fields) => { status = fields[":status"]; });
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.on("end", () => resolve({ status, body: Buffer.concat(chunks) }));
    stream.on("error", reject);
    if (body) stream.end(body);
  });
}

const query = (values) => new URLSearchParams(values).toString();
const code = JSON.parse((await fetch(
  "/authorize?" + query({ client_id: plan.client_id, device_id: device, response_type: "code", state: "s" }),
  { authorization: `Bearer ${plan.naver_access_token}`, accept: "application/json" })).body).code;
const token = JSON.parse((await fetch(
  "/token",
  { ":method": "POST", "content-type": "application/x-www-form-urlencoded" },
  query({ grant_type: "authorization_code", client_id: plan.client_id, client_secret: plan.client_secret, code, device_id: device }),
)).body).access_token;

const authorization = `Bearer ${token}`;
const channel = session.request({ ":path": "/v1/directives", authorization, "user-agent": agent });
let pushed = "";
let onPushed = () => {};
channel.on("data", (chunk) => { pushed += chunk; onPushed(); });
const until = (text) => new Promise((resolve) => {
  onPushed = () => { if (pushed.includes(text)) resolve(); };
  onPushed();
});
await until('"Hello"');
seen.hello = true;

const dialog = randomUUID();
const event = { context: [], event: { header: { namespace: "SpeechRecognizer", name: "Recognize", messageId: randomUUID(),
  dialogRequestId: dialog }, payload: { lang: "ko" } } };
const upload = session.request({ ":method": "POST", ":path": "/v1/events", authorization, "user-agent": agent,
  "content-type": "multipart/form-data; boundary=--node" });
const answer = [];
upload.on("response", (fields) => { seen.status = fields[":status"]; seen.type = fields["content-type"]; });
upload.on("data", (chunk) => answer.push(chunk));
const ended = new Promise((resolve) => upload.on("end", resolve));
upload.write('----node\r\nContent-Disposition: form-data; name="metadata"\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n' +
  JSON.stringify(event) + '\r\n----node\r\nContent-Disposition: form-data; name="audio"\r\nContent-Type: application/octet-stream\r\n\r\n');
const pcm = fs.readFileSync(plan.pcm);
let stopped = false;
until('"StopCapture"').then(() => { stopped = true; });
for (let at = 0; at < pcm.length && !stopped; at += 6400) {
  upload.write(pcm.subarray(at, at + 6400));
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await until('"StopCapture"');
seen.statusBeforeEnd = seen.status ?? null;
upload.end("\r\n----node----\r\n");
await ended;
const text = Buffer.concat(answer).toString("latin1");
seen.speak = text.includes('"Speak"') && text.includes(dialog);
seen.audio = text.includes("ID3");
seen.sameDialogOnDownchannel = pushed.includes(dialog);
await new Promise((resolve, reject) => session.ping((error, ms) => (error ? reject(error) : resolve(ms))));
seen.ping = true;
console.log(JSON.stringify(seen));
session.destroy();
