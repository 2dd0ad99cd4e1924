// What Node sees of a connection that a fault strikes before its first request.
// Usage: node connect.mjs '{"port","ca","tls"}'; prints one JSON line for each connection asked for on stdin.
import http2 from "node:http2";
import fs from "node:fs";
import readline from "node:readline";

const plan = JSON.parse(process.argv[2]);
const url = `${plan.ca ? "https" : "http"}://localhost:${plan.port}`;
const options = plan.ca ? { ca: fs.readFileSync(plan.ca) } : {};

function connection(patience) {
  return new Promise((resolve) => {
    const seen = { error: null, goaway: null, connected: false, settings: false, pong: false, ended: false };
    const session = http2.connect(url, { ...options, lookup: (_, o, done) =>
      (o.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4)) });
    const over = () => { clearTimeout(timer); resolve(seen); session.destroy(); };
    const timer = setTimeout(over, patience);
    session.on("connect", () => {
      seen.connected = true;
      session.ping((error) => { if (!error) { seen.pong = true; over(); } });
    });
    session.on("remoteSettings", () => { seen.settings = true; });
    session.on("goaway", (code, last, debug) => { seen.goaway = [code, debug ? debug.toString() : ""]; over(); });
    session.on("error", (error) => { seen.error = error.code; seen.message = error.message; over(); });
    session.on("close", () => { seen.ended = true; over(); });
  });
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await connection(Number(line))));
}
