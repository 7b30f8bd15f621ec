import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createServer as createTlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import parseSyslog from "nsyslog-parser";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from "vitest";
import { closed, opened } from "../../../test/faults/journal-events.ts";
import { actId, type CallId, callId } from "../../call/id.ts";
import type { FileSink, HttpSink, OtlpSink, Sink, SyslogSink } from "../../config/sinks.ts";
import { openOutbound } from "../../outbound/outbound.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/store.ts";
import { openSinks, type RunningSinks } from "./sinks.ts";

const folder = mkdtempSync(join(tmpdir(), "sinks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let store: Store;
/** Each test has a tenant of its own. */
let tests = 0;
let mine = "";
const opens: RunningSinks[] = [];
beforeAll(async () => {
  store = await openStore({ kind: "sqlite", path: join(folder, "portcullis.db") });
});
beforeEach(() => {
  mine = `tenant${++tests}`;
});
afterEach(async () => void (await Promise.all(opens.splice(0).map((each) => each.close()))));
afterAll(async () => await store.close());

/** What other threads and sockets have to do first may take a while on a busy machine. */
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 10 });

const log = { warn: () => {}, error: vi.fn<(...said: readonly unknown[]) => void>() };
const common = () => ({ redact: "personal", tenants: [mine], from: "beginning" }) as const;

function open(...sinks: readonly Sink[]): RunningSinks {
  const running = openSinks(
    sinks,
    {
      store,
      outbound: openOutbound(["127.0.0.1"]),
      source: { version: "1.2.3" },
      key: undefined,
      log,
      now: Date.now,
    },
    { look_ms: 5, rest_ms: 5, rest_most_ms: 20, entries: 10 },
  );
  opens.push(running);
  return running;
}

async function write(count: number, tenant = mine): Promise<readonly CallId[]> {
  const ids = Array.from({ length: count }, (_, at) => callId(Date.now() + at));
  await store
    .forTenant(tenant)
    .journal.append(
      ids.flatMap((id) => [opened(id, { detail: { args: { ssn: "078-05-1120" } } }), closed(id)]),
    );
  return ids;
}

/** A receiver that answers as it is told, and keeps what it took. */
async function receiver(answer: (body: string, request: IncomingMessage, response: ServerResponse) => void) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      bodies.push(body);
      answer(body, request, response);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`, bodies };
}
const fine = (_: string, __: IncomingMessage, response: ServerResponse): void => void response.end("{}");

const http = (url: string, more: Partial<HttpSink> = {}): HttpSink => ({
  ...common(),
  name: "siem",
  type: "http",
  url,
  envelope: "ndjson",
  headers: {},
  form: "ndjson",
  ...more,
});
const idsIn = (bodies: readonly string[]): readonly string[] =>
  bodies
    .join("")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { readonly id: string }).id);

describe("an HTTP sink", () => {
  test("gets everything, redacted, and goes on after a restart where it was", async () => {
    const { url, bodies } = await receiver(fine);
    const ids = await write(25);
    const first = open(http(url));
    await eventually(() => expect(idsIn(bodies)).toEqual(ids));
    expect(bodies.join("")).toContain("[REDACTED:SSN]");
    expect(bodies.join("")).not.toContain("078-05-1120");
    await eventually(() => expect(first.states()["siem"]).toMatchObject({ state: "even", sent: 25 }));
    await first.close();
    const more = await write(3);
    open(http(url));
    await eventually(() => expect(idsIn(bodies)).toEqual([...ids, ...more]));
  });

  test("is tried again until it takes what it has not, in order, and the state says why", async () => {
    let down = true;
    const taken: string[] = [];
    const { url } = await receiver((body, _, response) => {
      response.statusCode = down ? 503 : 200;
      if (!down) taken.push(body);
      response.end();
    });
    const running = open(http(url));
    const ids = await write(12);
    await eventually(() =>
      expect(running.states()["siem"]).toMatchObject({ state: "failing", why: "127.0.0.1 answered 503" }),
    );
    down = false;
    await eventually(() => expect(idsIn(taken)).toEqual(ids));
  });

  test("loses one entry that its receiver never takes, and no other", async () => {
    let bad = "none";
    const taken: string[] = [];
    const { url } = await receiver((body, _, response) => {
      response.statusCode = body.includes(bad) ? 400 : 200;
      if (response.statusCode === 200) taken.push(body);
      response.end();
    });
    const ids = await write(9);
    bad = ids[4] ?? "";
    const running = open(http(url));
    await eventually(() => expect(running.states()["siem"]).toMatchObject({ sent: 8, refused: 1 }));
    expect(idsIn(taken)).toEqual(ids.filter((id) => id !== bad));
    expect(log.error).toHaveBeenCalledWith(expect.objectContaining({ entry: bad }), expect.anything());
  });

  test.each<[HttpSink["envelope"], (body: string) => unknown]>([
    ["splunk", (body) => (JSON.parse(body.split("\n")[0] ?? "") as { event: { id: string } }).event.id],
    ["datadog", (body) => (JSON.parse(body) as readonly { message: { id: string } }[])[0]?.message.id],
    ["elastic", (body) => (JSON.parse(body.split("\n")[0] ?? "") as { index: { _id: string } }).index._id],
  ])("in the envelope of %s", async (envelope, idOf) => {
    const { url, bodies } = await receiver(fine);
    const [id] = await write(1);
    open(http(url, { envelope, headers: { authorization: "Splunk x" } }));
    await eventually(() => expect(bodies.map(idOf)).toEqual([id]));
  });

  test("of Elastic's kind tells what was not taken for now from what never is", async () => {
    const answers = [
      { errors: true, items: [{ index: { status: 429 } }] },
      { errors: true, items: [{ index: { status: 400 } }] },
    ];
    const { url, bodies } = await receiver((_, __, response) =>
      response.end(JSON.stringify(answers.shift() ?? {})),
    );
    await write(1);
    const running = open(http(url, { envelope: "elastic" }));
    await eventually(() => expect(running.states()["siem"]).toMatchObject({ sent: 0, refused: 1 }));
    expect(bodies).toHaveLength(2);
  });

  test("inside is not reached unless it is listed", async () => {
    const { url, bodies } = await receiver(fine);
    await write(1);
    const running = open(http(url.replace("127.0.0.1", "localhost"), {}));
    await eventually(() => expect(running.states()["siem"]?.why).toMatch(/only https/));
    expect(bodies).toEqual([]);
  });
});

test("a call that had not ended comes again when it has; acts come too", async () => {
  const { url, bodies } = await receiver(fine);
  const rows = store.forTenant(mine);
  const id = callId(Date.now());
  await rows.journal.append([opened(id)]);
  open(http(url));
  await eventually(() => expect(idsIn(bodies)).toEqual([id]));
  await rows.journal.append([closed(id)]);
  const at = Date.now();
  const act = actId(at);
  await rows.acts.write({
    kind: "act",
    id: act,
    at,
    principal: "ana",
    action: "key.made",
    object: "k",
    outcome: "ok",
    detail: {},
  });
  await eventually(() => expect(idsIn(bodies).toSorted()).toEqual([id, id, act].toSorted()));
  const statuses = bodies.join("").match(/"status":"[a-z]+"/g);
  expect(statuses).toEqual(['"status":"open"', '"status":"ok"']);
});

test("of two processes one delivers; when it ends, the other goes on", async () => {
  const { url, bodies } = await receiver(fine);
  const ids = await write(5);
  const [one, two] = [open(http(url)), open(http(url))];
  await eventually(() => expect(idsIn(bodies)).toEqual(ids));
  await one.close();
  const more = await write(5);
  await eventually(() => expect(new Set(idsIn(bodies))).toEqual(new Set([...ids, ...more])));
  await two.close();
});

test("a sink of now begins with what comes, and each tenant with its own", async () => {
  const { url, bodies } = await receiver(fine);
  await write(3);
  const running = open(http(url, { from: "now", tenants: [mine, "acme"] }));
  await eventually(() => expect(running.states()["siem"]?.state).toBe("even"));
  const ids = [...(await write(2)), ...(await write(2, "acme"))];
  await write(1, "elsewhere");
  await eventually(() => expect(idsIn(bodies).toSorted()).toEqual(ids.toSorted()));
});

test("a collector gets OTLP", async () => {
  const { url, bodies } = await receiver(fine);
  const [id] = await write(1);
  const sink: OtlpSink = { ...common(), name: "otel", type: "otlp", url, headers: {} };
  open(sink);
  await eventually(() => expect(bodies).toHaveLength(1));
  expect(JSON.parse(bodies[0] ?? "")).toMatchObject({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ eventName: "portcullis.call" }] }] }],
  });
  expect(bodies[0]).toContain(id);
});

describe("a syslog sink", () => {
  async function listener() {
    let got = Buffer.alloc(0);
    const server = createTcpServer((socket) => {
      socket.on("data", (chunk) => (got = Buffer.concat([got, chunk])));
      socket.on("error", () => {});
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    /** What octet counting says are messages. */
    const messages = (): readonly string[] => {
      const found: string[] = [];
      for (let at = 0; at < got.length; ) {
        const space = got.indexOf(" ", at);
        const length = Number(got.subarray(at, space).toString());
        found.push(got.subarray(space + 1, space + 1 + length).toString());
        at = space + 1 + length;
      }
      return found;
    };
    return { port: (server.address() as AddressInfo).port, messages };
  }

  test("sends frames with CEF that another parser reads", async () => {
    const { port, messages } = await listener();
    const ids = await write(14);
    const sink: SyslogSink = {
      ...common(),
      name: "siem",
      type: "syslog",
      host: "127.0.0.1",
      port,
      tls: false,
      ca: undefined,
      form: "cef",
    };
    open(sink);
    await eventually(() => expect(messages()).toHaveLength(14));
    const read = messages().map((message) => parseSyslog(message));
    expect(read.map(({ fields }) => fields["externalId"])).toEqual(ids);
    expect(read[0]).toMatchObject({ type: "CEF", appName: "portcullis", messageid: "call" });
  });

  test("speaks TLS to the receiver whose certificate is right, and to no other", async () => {
    const at = (name: string): string =>
      fileURLToPath(new URL(`../../../test/identity/certificates/${name}`, import.meta.url));
    let got = "";
    const server = createTlsServer(
      { cert: readFileSync(at("gate.pem")), key: readFileSync(at("gate.key")) },
      (socket) => {
        socket.on("data", (chunk) => (got += chunk.toString()));
        socket.on("error", () => {});
      },
    );
    server.on("tlsClientError", () => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const [id = ""] = await write(1);
    const sink: SyslogSink = {
      ...common(),
      name: "siem",
      type: "syslog",
      host: "127.0.0.1",
      port: (server.address() as AddressInfo).port,
      tls: true,
      ca: undefined,
      form: "ocsf",
    };
    const running = open(sink);
    await eventually(() => expect(running.states()["siem"]?.why).toMatch(/does not take it \([A-Z_]+\)/));
    expect(got).toBe("");
    await running.close();
    open({ ...sink, ca: at("ca.pem") });
    await eventually(() => expect(got).toContain(id));
  });

  test("waits where nobody listens", async () => {
    await write(1);
    const sink: SyslogSink = {
      ...common(),
      name: "siem",
      type: "syslog",
      host: "127.0.0.1",
      port: 1,
      tls: true,
      ca: undefined,
      form: "cef",
    };
    const running = open(sink);
    await eventually(() =>
      expect(running.states()["siem"]).toMatchObject({
        state: "failing",
        why: "127.0.0.1:1 does not take it (ECONNREFUSED)",
      }),
    );
  });
});

describe("a file", () => {
  const sink = (path: string, more: Partial<FileSink> = {}): FileSink => ({
    ...common(),
    name: "trail",
    type: "file",
    path,
    max_bytes: 1_000_000,
    keep: 2,
    form: "atom",
    ...more,
  });

  test("is for its owner only, grows by lines, and begins anew beyond its size", async () => {
    const path = join(folder, "trails", "mcp_audit.log");
    await write(10);
    const running = open(sink(path, { max_bytes: 3_000 }));
    await eventually(() => expect(running.states()["trail"]?.sent).toBe(10));
    for (const part of [1, 2, 3]) {
      await write(10);
      await eventually(() => expect(running.states()["trail"]?.sent).toBe(10 + part * 10));
    }
    const files_ = readdirSync(join(folder, "trails"));
    expect(files_.filter((name) => name.startsWith("mcp_audit.log."))).toHaveLength(2);
    const [one = ""] = files_;
    expect(statSync(join(folder, "trails", one)).mode & 0o777).toBe(0o600);
    for (const line of readFileSync(join(folder, "trails", one), "utf8")
      .trimEnd()
      .split("\n"))
      expect(JSON.parse(line)).toMatchObject({ atom_tag: expect.stringMatching(/^ATOM-TOOL-\d{8}-\d{3}-/) });
  });

  test("that a dead process left in the middle of a line is mended", async () => {
    const path = join(folder, "torn.log");
    writeFileSync(path, '{"atom_tag":"ATO');
    await write(1);
    const running = open(sink(path));
    await eventually(() => expect(running.states()["trail"]?.sent).toBe(1));
    const lines = readFileSync(path, "utf8").split("\n");
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({ user: "ana" });
  });

  test("that cannot be written is said", async () => {
    await write(1);
    const running = open(sink("/dev/null/trail.log"));
    await eventually(() => expect(running.states()["trail"]?.why).toMatch(/cannot be written \(E[A-Z]+\)/));
  });
});
