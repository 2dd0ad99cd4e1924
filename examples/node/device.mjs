// A CLOVA device on Node's own HTTP/2, without packages: logs in, keeps a downchannel, types a question, tells what
// it is answered, and reports that it has said it.
//
//     mockcloud run --scenario ../weather.yaml -- node device.mjs "오늘 날씨 어때"
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:http2";

const {
  MOCKCLOUD_DEVICE_URL: url,
  MOCKCLOUD_CA_FILE: caFile,
  MOCKCLOUD_CLIENT_ID: clientId,
  MOCKCLOUD_CLIENT_SECRET: clientSecret,
  MOCKCLOUD_NAVER_ACCESS_TOKEN: naverToken,
} = process.env;
const DEVICE_ID = "7f3c4c1e-0b5e-4c61-9d2f-6a5f3e0c9b11";
const AGENT = "Example/Node/1.0.0 (Linux;PC)";
const BOUNDARY = "device-boundary";
const CONTEXT = [
  ["Alerts", "AlertsState", { allAlerts: [], activeAlerts: [] }],
  ["AudioPlayer", "PlaybackState", { playerActivity: "IDLE", repeatMode: "NONE" }],
  ["Device", "DeviceState", {}],
  ["Device", "Display", { size: "none" }],
  ["Speaker", "VolumeState", { volume: 5, muted: false }],
].map(([namespace, name, payload]) => ({ header: { namespace, name }, payload }));

// Everything goes over one connection: an event is refused on one that has no downchannel.
const connection = connect(url, caFile ? { ca: readFileSync(caFile) } : {});

function open(path, { authorization, ...headers }) {
  return connection.request({ ":path": path, "user-agent": AGENT, authorization: `Bearer ${authorization}`, ...headers });
}

async function read(stream, body) {
  const chunks = [];
  let head;
  stream.on("response", (headers) => { head = headers; });
  stream.end(body);
  for await (const chunk of stream) chunks.push(chunk);
  return { status: head[":status"], type: head["content-type"] ?? "", body: Buffer.concat(chunks) };
}

// The parts of a multipart body whose delimiter lines have come, as [headers, content]; and what is left of the body.
function split(body, boundary) {
  const delimiter = `--${boundary}`;
  const pieces = body.toString("latin1").split(delimiter);
  const rest = pieces.pop();
  const parts = pieces.filter((piece) => piece.includes("\r\n\r\n")).map((piece) => {
    const end = piece.indexOf("\r\n\r\n");
    return [piece.slice(0, end), Buffer.from(piece.slice(end + 4, -2), "latin1")];
  });
  return [parts, Buffer.from(delimiter + rest, "latin1")];
}

const boundaryOf = (type) => /boundary="?([^";]+)/.exec(type)[1];
const isMessage = ([headers]) => headers.includes("application/json");
const messageOf = ([, content]) => JSON.parse(content).directive;

async function logIn() {
  const asked = new URLSearchParams({ client_id: clientId, device_id: DEVICE_ID, response_type: "code", state: "s" });
  const { code } = JSON.parse((await read(open(`/authorize?${asked}`, { authorization: naverToken }))).body);
  const form = { grant_type: "authorization_code", client_id: clientId, client_secret: clientSecret, code, device_id: DEVICE_ID };
  const token = connection.request({
    ":method": "POST", ":path": "/token", "user-agent": AGENT, "content-type": "application/x-www-form-urlencoded",
  });
  return JSON.parse((await read(token, new URLSearchParams(form).toString())).body).access_token;
}

// Opens the downchannel and waits for its first directive, Clova.Hello.
function listen(authorization) {
  const channel = open("/v1/directives", { authorization });
  return new Promise((resolve, reject) => {
    let boundary;
    let left = Buffer.alloc(0);
    channel.on("error", reject);
    channel.on("response", (headers) => { boundary = boundaryOf(headers["content-type"]); });
    channel.on("data", (chunk) => {
      let parts;
      [parts, left] = split(Buffer.concat([left, chunk]), boundary);
      for (const part of parts.filter(isMessage)) tell("downchannel", messageOf(part));
      if (parts.length) resolve(channel);
    });
  });
}

async function send(authorization, namespace, name, payload, dialogRequestId) {
  const header = { namespace, name, messageId: randomUUID(), ...(dialogRequestId && { dialogRequestId }) };
  const metadata = JSON.stringify({ context: CONTEXT, event: { header, payload } });
  const answer = await read(
    open("/v1/events", { authorization, ":method": "POST", "content-type": `multipart/form-data; boundary=${BOUNDARY}` }),
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="metadata"\r\n` +
      `Content-Type: application/json; charset=UTF-8\r\n\r\n${metadata}\r\n--${BOUNDARY}--\r\n`);
  console.log(`event ${namespace}.${name} ${answer.status}`);
  if (answer.status === 204) return [];
  if (answer.status !== 200) throw new Error(answer.body.toString());
  return split(answer.body, boundaryOf(answer.type))[0];
}

function tell(channel, { header, payload }) {
  console.log(`${channel} ${header.namespace}.${header.name}`, JSON.stringify(payload));
}

const authorization = await logIn();
const channel = await listen(authorization);
const answer = await send(authorization, "TextRecognizer", "Recognize", { text: process.argv[2] ?? "안녕" }, randomUUID());
for (const part of answer) {
  if (isMessage(part)) tell("response", messageOf(part));
  else console.log(`audio ${part[1].length} bytes`);
}
for (const { header, payload } of answer.filter(isMessage).map(messageOf)) {
  if (header.name !== "Speak") continue;
  await send(authorization, "SpeechSynthesizer", "SpeechStarted", { token: payload.token });
  await send(authorization, "SpeechSynthesizer", "SpeechFinished", { token: payload.token });
}
channel.close();
connection.close();
