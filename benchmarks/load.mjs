// Load for POST /v1/events: connections x streams, each connection with a downchannel of its own device.
// Usage: node load.mjs '{"url","ca","tokens":[...],"streams","seconds","metadata","downchannel":true}'
// Prints {"requests","errors","seconds"}. h2load cannot be used here: it sends the same headers on every
// connection, but a device has one downchannel, and an event on another connection is answered 412.
import http2 from "node:http2";
import fs from "node:fs";

const plan = JSON.parse(process.argv[2]);
const ID = "00000000-0000-4000-8000-000000000000"; // the event's messageId, a new one each time
const body = (n) => Buffer.from(
  '--term\r\nContent-Disposition: form-data; name="metadata"\r\n' +
    "Content-Type: application/json; charset=UTF-8\r\n\r\n" +
    plan.metadata.replace(ID, ID.slice(0, -12) + String(n).padStart(12, "0")) + "\r\n--term--\r\n",
);
let sent = 0;
const agent = "Load/Generator/1.0.0 (Linux;Node)";

function connect(token) {
  return new Promise((resolve, reject) => {
    const session = http2.connect(plan.url, plan.ca ? { ca: fs.readFileSync(plan.ca) } : {});
    session.on("error", reject);
    session.on("connect", () => {
      if (!plan.downchannel) return resolve(session);
      const channel = session.request({
        ":path": "/v1/directives", authorization: `Bearer ${token}`, "user-agent": agent,
      });
      channel.once("data", () => resolve(session));
      channel.on("error", () => {});
    });
  });
}

const state = { requests: 0, errors: 0, statuses: {} };
let stopAt = 0;

function worker(session, token) {
  return new Promise((resolve) => {
    const next = () => {
      if (performance.now() >= stopAt) return resolve();
      const stream = session.request({
        ":method": "POST", ":path": "/v1/events", authorization: `Bearer ${token}`, "user-agent": agent,
        "content-type": "multipart/form-data; boundary=term",
      });
      stream.on("response", (headers) => {
        const status = headers[":status"];
        state.statuses[status] = (state.statuses[status] ?? 0) + 1;
        if (status >= 300) state.errors++;
      });
      stream.on("error", () => { state.errors++; });
      stream.on("close", () => { state.requests++; next(); });
      stream.resume();
      stream.end(body(sent++));
    };
    next();
  });
}

const sessions = await Promise.all(plan.tokens.map(connect));
const began = performance.now();
stopAt = began + plan.seconds * 1000;
await Promise.all(sessions.flatMap((session, i) =>
  Array.from({ length: plan.streams }, () => worker(session, plan.tokens[i]))));
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ ...state, seconds }));
process.exit(0);
