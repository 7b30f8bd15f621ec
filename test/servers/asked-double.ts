// A program elsewhere that plugins ask: what it answers is the test's.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { AskedPlugin } from "../../src/config/plugins.ts";
import type { Outsider } from "../../src/detect/outsider.ts";
import { openPlugins, type Plugins } from "../../src/plugin/open.ts";

/** What it answers to a path and a body: a status, a text or JSON as it is, else JSON; undefined: never. */
export type Answer = (path: string, body: never, headers: IncomingHttpHeaders) => unknown;

/** With headers or a status of its own. */
export class Said {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

interface Heard {
  readonly path: string;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const piece of request) text += String(piece);
  return JSON.parse(text) as unknown;
}

function saidBy(given: unknown): Said {
  if (given instanceof Said) return given;
  if (typeof given === "number") return new Said(given, "{}");
  return new Said(200, typeof given === "string" ? given : JSON.stringify(given));
}

/** Listens for all tests of a file. */
export function double() {
  const it = { answer: ((): unknown => ({})) as Answer, url: "", heard: [] as Heard[] };
  const open: Plugins[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? "";
      const body = await bodyOf(request);
      it.heard.push({ path, body, headers: request.headers });
      const given = it.answer(path, body as never, request.headers);
      if (given === undefined) return;
      const { status, body: text, headers } = saidBy(given);
      response.writeHead(status, headers).end(text);
    })();
  });
  beforeAll(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    it.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => void it.heard.splice(0));
  afterAll(async () => {
    await Promise.all(open.map((each) => each.close()));
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(it, {
    /** A plugin of the configuration that asks it. */
    async asked(kind: AskedPlugin["kind"], more: object = {}, allow = ["127.0.0.1"]): Promise<Outsider> {
      const terms = {
        name: "own",
        action: undefined,
        threshold: undefined,
        broken: "stop",
        timeout_ms: 5_000,
      };
      const plugin = { ...terms, kind, url: it.url, headers: { "x-key": "k1" }, tier: "rewrite", ...more };
      const made = await openPlugins([plugin as AskedPlugin], allow, () => performance.now());
      open.push(made);
      const [own] = made.outsiders;
      if (own === undefined) throw new Error("none");
      return own;
    },
  });
}
