// What anybody would write first: `node:http` in, undici's pool out, the request parsed and otherwise untouched.
// `node plain.ts http://upstream`. Prints `ready http://…`.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Pool } from "undici";

const HOP_BY_HOP = new Set(["connection", "host", "keep-alive", "transfer-encoding", "content-length"]);
const upstream = new URL(process.argv[2] ?? "");
const pool = new Pool(upstream.origin, { connections: 256 });

const kept = (headers: IncomingMessage["headers"]) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));

async function forward(req: IncomingMessage, res: ServerResponse, body: Buffer): Promise<void> {
  JSON.parse(body.toString("utf8"));
  const answer = await pool.request({
    path: req.url ?? "/",
    method: "POST",
    headers: kept(req.headers),
    body,
  });
  res.writeHead(answer.statusCode, answer.headers);
  answer.body.pipe(res);
}

const http = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on("data", (chunk: Buffer) => chunks.push(chunk));
  req.on("end", () => {
    forward(req, res, Buffer.concat(chunks)).catch(() => res.destroy());
  });
});
http.keepAliveTimeout = 300_000;
http.listen(0, "127.0.0.1", 4096, () => {
  const address = http.address();
  if (address !== null && typeof address === "object")
    console.log(`ready http://127.0.0.1:${address.port}/mcp`);
});
