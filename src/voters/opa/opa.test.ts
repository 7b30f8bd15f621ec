import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as later } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { callOf, said, wordOf } from "../../../test/voters/asked.ts";
import type { OpaVoter } from "../../config/voters.ts";
import { openVoters } from "../open.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that plays OPA's part, and its address for a decision. */
async function playing(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/data/mcp/allow`;
}

function voter(url: string, more: Partial<OpaVoter> = {}): OpaVoter {
  return {
    kind: "opa",
    name: "opa",
    match: {},
    url,
    timeout_ms: 5000,
    cache_s: 0,
    unreachable: "deny",
    ...more,
  };
}

/** What is said where the server answers so, with `unreachable` both ways. */
async function both(listener: RequestListener, more: Partial<OpaVoter> = {}): Promise<readonly string[]> {
  const url = await playing(listener);
  const answers = (["deny", "allow"] as const).map((unreachable) =>
    said(voter(url, { ...more, unreachable }), callOf()),
  );
  return (await Promise.all(answers)).flat().map(wordOf);
}

/** Answers each request by its body. */
function hearing(answer: (body: string, request: IncomingMessage) => string): RequestListener {
  return (request, response) => void text(request).then((body) => response.end(answer(body, request)));
}

const answering =
  (status: number, body: string): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(body);

test("the decision is asked for by POST, with the whole call as input", async () => {
  const seen: { request: IncomingMessage; body: unknown }[] = [];
  const url = await playing(
    hearing((body, request) => {
      seen.push({ request, body: JSON.parse(body) });
      return '{"result":true}';
    }),
  );
  const resource = { kind: "resource", uri: "file:///x" } as const;
  const words = await said(
    voter(`${url}?strict-builtin-errors=true`),
    callOf(),
    callOf({ target: resource, method: "resources/read", client: undefined }),
  );
  expect(words.map(wordOf)).toEqual(["allow", "allow"]);
  expect(seen[0]?.request).toMatchObject({
    method: "POST",
    url: "/v1/data/mcp/allow?strict-builtin-errors=true",
  });
  expect(seen.map(({ body }) => body)).toEqual([
    {
      input: {
        principal: { id: "ana", scopes: ["read"], source: "host", amr: [] },
        tenant: "acme",
        roles: ["developer"],
        server: "files",
        method: "tools/call",
        tool: "read_file",
        args: { path: "/srv/data/notes.txt" },
        era: "modern",
        at: "2026-11-20T10:00:00.000Z",
        client: { name: "agent", version: "1.2" },
      },
    },
    { input: expect.objectContaining({ resource: "file:///x" }) as unknown },
  ]);
  expect(JSON.stringify(seen[1]?.body)).not.toContain('"tool"');
});

test("how somebody signed in is there to be asked about", async () => {
  const url = await playing(
    hearing((body) => {
      const { input } = JSON.parse(body) as { input: { principal: { acr?: string; auth_time?: string } } };
      const { acr, auth_time = "" } = input.principal;
      return JSON.stringify({ result: acr === "gold" && auth_time > "2026-11-20T09:55:00.000Z" });
    }),
  );
  const { principal } = callOf();
  const signed = (auth_at: number) => callOf({ principal: { ...principal, acr: "gold", auth_at } });
  const { at } = callOf();
  const words = await said(voter(url), callOf(), signed(at - 60_000), signed(at - 600_000));
  expect(words.map((each) => wordOf(each).split(" ")[0])).toEqual(["deny", "allow", "deny"]);
});

test("a rule about what somebody means to do turns the answer to a question [G32]", async () => {
  const url = await playing(hearing((body) => `{"result":${!body.includes('"operation":"delete"')}}`));
  const asks = (operation: string) => callOf({ meta: { "dev.portcullis/operation": operation } });
  const words = await said(voter(url), callOf(), asks("read"), asks("delete"));
  expect(words.map((each) => wordOf(each).split(" ")[0])).toEqual(["allow", "allow", "deny"]);
});

test("a refusal carries the reason that OPA gives, and the rule is the voter's name", async () => {
  const url = await playing(answering(200, '{"result":{"allow":false,"reason":"Ana may not."}}'));
  const [refused] = await said(voter(url), callOf());
  expect(refused?.refusal).toEqual({
    kind: "deny",
    rule: { source: "voter", rule: "opa" },
    cause: { kind: "policy" },
    why: "Ana may not.",
  });
  expect(refused?.steps).toEqual([
    { stage: "voter:opa", said: "deny", us: expect.any(Number) as number, why: "Ana may not." },
  ]);
});

test.each<[string, RequestListener, string]>([
  ["garbage", answering(200, "no json"), "it gave an answer that is no JSON"],
  ["something else than an answer of OPA", answering(200, "[true]"), "it gave an answer that is no decision"],
  ["an undefined decision", answering(200, "{}"), "it has no decision for this call"],
  [
    "a decision of another shape",
    answering(200, '{"result":"yes"}'),
    "it gave an answer that is no decision",
  ],
  [
    "a huge body",
    answering(200, `{"result":true,"pad":"${"x".repeat(100_000)}"}`),
    "it gave an answer that is too large",
  ],
  ["a status that says the input is wrong", answering(400, '{"result":true}'), "it answered with status 400"],
  ["a status that says nobody is let in", answering(401, '{"result":true}'), "it answered with status 401"],
])("%s denies, also where an unreachable server would not", async (_, listener, why) => {
  expect(await both(listener)).toEqual([`deny, ${why}`, `deny, ${why}`]);
});

test("a redirect is not followed", async () => {
  let followed = 0;
  const elsewhere = await playing((_, response) => {
    followed += 1;
    response.end('{"result":true}');
  });
  const words = await both((_, response) => void response.writeHead(307, { location: elsewhere }).end());
  expect(words).toEqual(["deny, it answered with status 307", "deny, it answered with status 307"]);
  expect(followed).toBe(0);
});

test.each<[string, RequestListener, string]>([
  ["fails", answering(500, '{"result":true}'), "it answered with status 500"],
  ["never answers", () => undefined, "it did not answer in time"],
  [
    "never ends its answer",
    (_, response) => void response.writeHead(200).write('{"result":true'),
    "it did not answer in time",
  ],
  ["breaks off", (request) => void request.socket.destroy(), "it could not be reached"],
])(
  "a server that %s is unreachable: denied, unless the declaration says otherwise",
  async (_, listener, why) => {
    const words = await both(listener, { timeout_ms: 400 });
    expect(words[0]).toContain(`deny, ${why}`);
    expect(words[1]).toContain(`allow, ${why}`);
    expect(words[1]).toContain("; passes, as it is declared");
  },
);

test("a connection that the server closes while nobody asks costs nobody an answer", async () => {
  const url = await playing((request, response) => {
    response.end('{"result":true}', () => setTimeout(() => request.socket.destroy(), 5));
  });
  const voters = await openVoters([voter(url)], []);
  for (let at = 0; at < 40; at += 1) {
    expect(wordOf(await voters.tighten(callOf()))).toBe("allow");
    await later(at % 10);
  }
  await voters.close();
});

test("a dead server is left alone after five failures, is tried again, and the refusal tells no address", async () => {
  let now = 0;
  let answers = false;
  let asked = 0;
  const url = await playing((request, response) => {
    asked += 1;
    if (answers) response.end('{"result":true}');
    else request.socket.destroy();
  });
  const voters = await openVoters([voter(url)], [], () => now);
  const word = async (): Promise<string> => wordOf(await voters.tighten(callOf()));
  for (let at = 0; at < 5; at += 1) expect(await word()).toContain("could not be reached");
  expect(voters.health()[0]).toMatchObject({ name: "opa", kind: "opa", asked: 5, failed: 5, resting: true });
  // Each was put twice, the second time on a connection of its own.
  expect(asked).toBe(10);
  expect(await word()).toBe("deny, it failed too often and is left alone for some seconds");
  expect(asked).toBe(10);
  answers = true;
  now += 5001;
  expect(await word()).toBe("allow");
  expect(await word()).toBe("allow");
  expect(voters.health()[0]).toMatchObject({ resting: false });
  await voters.close();
  const { refusal } = await openVoters([voter(url)], []).then((gone) => {
    for (const server of servers) server.close();
    return gone.close().then(() => gone.tighten(callOf()));
  });
  expect(refusal?.why).toBe(
    "The voter `opa` could not be reached, and nothing passes that it has not allowed.",
  );
  expect(refusal?.cause).toEqual({ kind: "broken", stage: "voter:opa" });
});

test("a decision is kept for the same input only, for as long as was said, and only where it was one", async () => {
  let now = 0;
  const bodies: string[] = [];
  const results = ["true", "false", '"odd"', "true", "true"];
  const url = await playing(
    hearing((body) => {
      bodies.push(body);
      return `{"result":${results[bodies.length - 1] ?? "true"}}`;
    }),
  );
  const voters = await openVoters([voter(url, { cache_s: 10 })], [], () => now);
  const word = async (call = callOf()): Promise<string> => wordOf(await voters.tighten(call));
  const other = callOf({ args: { path: "/etc" } });
  const odd = callOf({ principal: { ...callOf().principal, roles: [] } });
  expect([await word(), await word({ ...callOf(), at: 1 })]).toEqual(["allow", "allow"]);
  expect([await word(other), await word(other)]).toEqual(["deny", "deny"]);
  expect([await word(odd), await word(odd)]).toEqual([
    "deny, it gave an answer that is no decision",
    "allow",
  ]);
  expect(bodies).toHaveLength(4);
  now = 10_001;
  await word();
  expect(bodies).toHaveLength(5);
  await voters.close();
});

test("without `cache_s` every call is asked about", async () => {
  let asked = 0;
  const url = await playing((_, response) => {
    asked += 1;
    response.end('{"result":true}');
  });
  await said(voter(url), callOf(), callOf(), callOf());
  expect(asked).toBe(3);
});

test("a number that was rounded on the way in is not shown to anybody", async () => {
  let asked = 0;
  const url = await playing((_, response) => {
    asked += 1;
    response.end('{"result":true}');
  });
  const [word] = await said(voter(url), callOf({ args: { n: 2 ** 53 }, inexact: ["n"] }));
  expect(wordOf(word ?? { steps: [], refusal: undefined })).toBe(
    "deny, it cannot be shown a number with so many digits: args.n",
  );
  expect(asked).toBe(0);
});

test("a voter is asked about what its match means, in every spelling, and where that cannot be told", async () => {
  const url = await playing(answering(200, '{"result":false}'));
  const matched = voter(url, { match: { server: ["files"], tool: ["read_*"] } });
  const words = await said(
    matched,
    callOf(),
    callOf({ target: { kind: "tool", name: "read-file" } }),
    callOf({ target: { kind: "tool", name: "write_file" } }),
    callOf({ server: "web" }),
  );
  expect(words.map(wordOf)).toEqual(["deny", "deny", "not asked", "not asked"]);
});

test("many at once are answered each for itself", async () => {
  const url = await playing(
    hearing((body) => {
      const { input } = JSON.parse(body) as { input: { args: { n: number } } };
      return JSON.stringify({ result: input.args.n % 2 === 0 });
    }),
  );
  const voters = await openVoters([voter(url)], []);
  const words = await Promise.all(
    Array.from({ length: 300 }, async (_, n) => wordOf(await voters.tighten(callOf({ args: { n } })))),
  );
  expect(words).toEqual(Array.from({ length: 300 }, (_, n) => (n % 2 === 0 ? "allow" : "deny")));
  await voters.close();
});
