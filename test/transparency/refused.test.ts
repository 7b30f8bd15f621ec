import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderWith, removeFolder } from "../gate/running.ts";
import { type HttpClient, httpClient, type StdioClient, stdioClient } from "./clients.ts";
import { difference, RUNS } from "./conversation.ts";
import { frames, type Said } from "./frames.ts";
import { type Between, openBetween } from "./gate.ts";
import { type RawUpstream, rawStdio } from "./upstreams.ts";

const MALFORMED = -32700;
const INVALID = -32600;

/** One way in which two readers may read a message differently, or one of them not at all. */
interface Harm {
  readonly name: string;
  readonly code: number;
  readonly status: number;
  readonly harm: (text: string) => string | Buffer;
}

const first = (text: string, member: string): string => text.replace("{", `{${member},`);
const HARMS: readonly Harm[] = [
  {
    name: "a key twice",
    code: INVALID,
    status: 400,
    harm: (text) => first(first(text, '"dup":1'), '"d\\u0075p":1'),
  },
  {
    name: "a key twice, far down",
    code: INVALID,
    status: 400,
    harm: (text) => first(text, '"far":[{"down":{"a":[],"":0,"a":[]}}]'),
  },
  {
    name: "half a surrogate pair",
    code: INVALID,
    status: 400,
    harm: (text) => first(text, '"half":"\\ud83d"'),
  },
  { name: "half a pair in a key", code: INVALID, status: 400, harm: (text) => first(text, '"\\udc00":0') },
  {
    name: "bytes that are no UTF-8",
    code: MALFORMED,
    status: 400,
    harm: (text) =>
      Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xff]), Buffer.from(`",${text.trim().slice(1)}`)]),
  },
  { name: "something after the value", code: MALFORMED, status: 400, harm: (text) => `${text} null` },
  { name: "two messages in one", code: MALFORMED, status: 400, harm: (text) => `${text}${text}` },
  { name: "no end", code: MALFORMED, status: 400, harm: (text) => text.trimEnd().slice(0, -1) },
  { name: "a byte order mark", code: MALFORMED, status: 400, harm: (text) => `\ufeff${text}` },
  { name: "a number that is none", code: MALFORMED, status: 400, harm: (text) => first(text, '"n":01') },
  {
    name: "too deep",
    code: INVALID,
    status: 413,
    harm: (text) => first(text, `"deep":${"[".repeat(80)}${"]".repeat(80)}`),
  },
  { name: "another protocol", code: INVALID, status: 400, harm: (text) => text.replace('"2.0"', '"2.1"') },
];
/** Members are where a harm looks for them only if no stranger says `"2.0"` first. */
const harmed = (request: fc.Arbitrary<Said>): fc.Arbitrary<readonly [Said, Harm]> =>
  fc.tuple(
    request.filter(({ text }) => text.split('"2.0"').length === 2),
    fc.constantFrom(...HARMS),
  );

describe("over HTTP", () => {
  let between: Between;
  beforeAll(async () => {
    between = await openBetween();
  });
  afterAll(async () => {
    expect(await between.gate.stop()).toBe(0);
    for (const upstream of Object.values(between.upstreams)) await upstream.close();
    removeFolder(between.gate.folder);
  });

  describe.each(["legacy", "modern"] as const)("%s", (era) => {
    const { request } = frames({ era, breaks: true });
    let client: HttpClient;
    let upstream: RawUpstream;
    beforeAll(async () => {
      client = await httpClient(`${between.gate.url}/web`, era, false);
      upstream = between.upstreams["web"] as RawUpstream;
    });
    afterAll(() => client.close());

    test("what is unclear is refused, and the server never sees it", async () => {
      await fc.assert(
        fc.asyncProperty(harmed(request), async ([asked, { name, code, status, harm }]) => {
          const fields = client.mirrored(asked.text, asked.method);
          const answered = await client.post(harm(asked.text), fields);
          expect({ name, status: answered.status }).toEqual({ name, status });
          expect(JSON.parse(answered.body)).toMatchObject({ id: null, error: { code } });
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
      expect(upstream.got.size).toBe(0);
    });

    if (era === "legacy") return;

    test("headers that do not say what the body says are refused, and the server never sees it", async () => {
      const lie = fc.constantFrom("mcp-method", "mcp-name", "mcp-protocol-version");
      await fc.assert(
        fc.asyncProperty(request, lie, fc.boolean(), async (asked, header, missing) => {
          const told = client.mirrored(asked.text, asked.method);
          fc.pre(told[header] !== undefined);
          const fields = { ...told, [header]: "2026-07-27" };
          const { [header]: _, ...fewer } = told;
          // Without a version in the headers it would be anybody's guess which era the message is of.
          const answered = await client.post(asked.text, missing ? fewer : fields);
          expect(answered.status).toBe(400);
          expect(JSON.parse(answered.body)).toMatchObject({ error: { code: -32020 } });
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
      expect(upstream.got.size).toBe(0);
    });
  });
});

describe("through wrap", () => {
  let folder: string;
  let upstream: RawUpstream;
  let client: StdioClient;
  beforeAll(async () => {
    folder = folderWith({});
    upstream = await rawStdio(join(folder, "server.sock"));
    const { command, args } = upstream.entry as { command: string; args: readonly string[] };
    client = await stdioClient(["wrap", "--", command, ...args], { XDG_STATE_HOME: folder }, "legacy");
  });
  afterAll(async () => {
    await client.close();
    await upstream.close();
    removeFolder(folder);
  });

  test("what is unclear is refused, and the server never sees it", async () => {
    const { request } = frames({ era: "legacy", breaks: false });
    await fc.assert(
      fc.asyncProperty(harmed(request), async ([asked, { name, code, harm }]) => {
        const bytes = await client.ask(harm(asked.text), asked.method).next();
        expect({ name, said: JSON.parse(bytes.toString()) as unknown }).toMatchObject({
          name,
          said: { id: null, error: { code } },
        });
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    const ping = '{"jsonrpc":"2.0","id":"after","method":"ping"}';
    client.ask(ping, "ping");
    expect(difference((await upstream.got.take()).bytes, ping)).toBeUndefined();
  });
});
