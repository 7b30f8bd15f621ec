// Every route and MCP method × every pair of tenants: what belongs to another answers as what does not exist.
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { methodsOf } from "../../src/wire/methods.ts";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { type Jobs, startJobs } from "../servers/jobs-http.ts";
import { type Answer, ask, META, send } from "./gates.ts";
import { type Operation, operationsOf, plain, probesOf, type Things } from "./matrix.ts";

/** One tenant, what it has, and the keys of those of it who ask. */
interface Side {
  readonly things: Things;
  /** By role. */
  readonly bearers: Readonly<Record<string, string>>;
  readonly session: string;
}

const ROLES = ["user", "tenant_admin", "admin"] as const;
const PAIRS = [
  ["acme", "globex"],
  ["globex", "acme"],
] as const;
const API = "/governance/v1";

const NOBODYS = (of: Things): Things => {
  const other = (text: string): string => `${text.slice(0, -3)}zzz`;
  const tail = (id: string): string => `${id.slice(0, -4)}${id.endsWith("0000") ? "1111" : "0000"}`;
  const { tenant, server, tool, user, account, task, approval, call, key, session } = of;
  return {
    tenant: other(tenant),
    server: other(server),
    tool: other(tool),
    user: other(user),
    account: other(account),
    task: other(task),
    approval: tail(approval),
    call: tail(call),
    key: other(key),
    session: other(session),
  };
};

const jobs: Record<string, Jobs> = {};
let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
  for (const name of ["common", "acme-own", "globex-own"]) jobs[name] = await startJobs(name, undefined);
});
afterAll(async () => {
  await postgres.stop();
  for (const each of Object.values(jobs)) await each.close();
});

const TASKS = {
  "io.modelcontextprotocol/clientCapabilities": { extensions: { "io.modelcontextprotocol/tasks": {} } },
};

describe.each(["SQLite", "PostgreSQL"])("on %s", (engine) => {
  let folder: string;
  let gate: RunningGate;
  /** The gate's own administrator. */
  let root: string;
  let operations: readonly Operation[];
  const sides: Record<string, Side> = {};

  /** A tenant, and something of everything that it can have. */
  async function settle(tenant: string): Promise<void> {
    const keys = await Promise.all(
      ROLES.map(async (role) => {
        const body = { principal: `${tenant}-${role}`, roles: [role] };
        const { status, body: made } = await send(gate, root, `${API}/keys?tenant=${tenant}`, "POST", body);
        if (status !== 201) throw new Error(`${gate.errors()}${JSON.stringify(made)}`);
        const { id, key } = made as { id: string; key: string };
        return [role, { id, bearer: `Bearer ${key}` }] as const;
      }),
    );
    const bearers = Object.fromEntries(keys.map(([role, { bearer }]) => [role, bearer]));
    const [, first] = keys[0] ?? [];
    const admin = bearers["tenant_admin"] ?? "";
    const user = bearers["user"] ?? "";
    const made = async (path: string, body: object, by = admin): Promise<Record<string, unknown>> => {
      const answer = await send(gate, by, `${API}${path}`, "POST", body);
      if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
      return answer.body as Record<string, unknown>;
    };
    const approval = await made("/access-requests", { for: "1h", reason: `secret of ${tenant}` }, user);
    await made("/users", { id: `${tenant}-bob` });
    await made("/service-accounts", { id: `${tenant}-robot` });
    await send(
      gate,
      user,
      `${API}/validate`,
      "POST",
      { policy: { rules: [] } },
      { "idempotency-key": "shared-key" },
    );
    const known = new Set(jobs["common"]?.ids());
    await ask(gate, user, "tools/call", { name: "common_job", arguments: {}, _meta: TASKS });
    const question = { tenant_id: tenant, resource_id: "common", operation: "read", consume: true };
    const decided = await send(gate, user, `${API}/authorize`, "POST", question);
    const call = (decided.body as { decision_id: string }).decision_id.replace("dec_", "call_");
    const task = jobs["common"]?.ids().find((id) => !known.has(id));
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "t", version: "1" },
    };
    const begun = await send(gate, user, "/mcp", "POST", {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params,
    });
    const session = begun.headers.get("mcp-session-id") ?? "";
    sides[tenant] = {
      things: {
        tenant,
        server: `${tenant}-own`,
        tool: `${tenant}-own_job`,
        task: task ?? "",
        approval: String(approval["id"]),
        call,
        key: first?.id ?? "",
        user: `${tenant}-bob`,
        account: `${tenant}-robot`,
        session,
      },
      bearers,
      session,
    };
  }

  beforeAll(async () => {
    folder = folderWith({
      "portcullis.yaml": JSON.stringify({
        version: 1,
        policy: ["policy.yaml"],
        ...(engine === "PostgreSQL" && { store: await postgres.database() }),
        auth: { mode: "required", api_keys: true },
        mcpServers: Object.fromEntries(Object.entries(jobs).map(([name, { url }]) => [name, { url }])),
        tenants: {
          acme: { servers: ["common", "acme-own"] },
          globex: { servers: ["common", "globex-own"] },
        },
        log: { checkpoint_s: 1, key: "${LOG_KEY}" },
        secret: "0123456789abcdef0123456789abcdef",
      }),
      "policy.yaml": JSON.stringify({
        defaults: { verdict: "allow" },
        rules: [
          {
            name: "night",
            match: { tool: "night_*" },
            access: { approvers: ["role:approver"], for: "8h" },
            why: "Somebody looks at it.",
          },
        ],
      }),
    });
    const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
    gate = await startGate(folder, { LOG_KEY: String(key) });
    const { out } = await portcullis(["keys", "bootstrap", "--json"], folder);
    root = `Bearer ${(JSON.parse(out) as { key: string }).key}`;
    for (const tenant of ["acme", "globex"]) await settle(tenant);
    const described = await fetch(new URL(`${API}/openapi.json`, gate.url), {
      headers: { authorization: sides["acme"]?.bearers["user"] ?? "" },
    });
    operations = operationsOf(await described.json());
    for (const { bearers, things } of Object.values(sides))
      await vi.waitFor(
        async () => {
          const proof = `${API}/log/proof/${things.call}`;
          expect((await send(gate, bearers["tenant_admin"] ?? "", proof, "GET")).status).toBe(200);
        },
        { timeout: 20_000, interval: 200 },
      );
  }, 120_000);
  afterAll(async () => {
    await gate.stop();
    removeFolder(folder);
  });

  const sideOf = (tenant: string): Side => {
    const side = sides[tenant];
    if (side === undefined) throw new Error(`no ${tenant}`);
    return side;
  };
  /** What is asked of servers meanwhile. */
  function asked(): () => Readonly<Record<string, readonly string[]>> {
    const before = Object.entries(jobs).map(([name, { came }]) => [name, came.length] as const);
    return () =>
      Object.fromEntries(before.map(([name, from]) => [name, jobs[name]?.came.slice(from).toSorted() ?? []]));
  }

  test.each(PAIRS)("no route of the API tells %s anything of %s", async (mine, other) => {
    const [{ bearers }, { things: theirs }] = [sideOf(mine), sideOf(other)];
    const nobodys = NOBODYS(theirs);
    expect(operations.length).toBeGreaterThan(20);
    for (const role of ROLES)
      for (const operation of operations) {
        const [existing, missing] = [probesOf(operation, theirs), probesOf(operation, nobodys)];
        for (const [at, probe] of existing.entries()) {
          const twin = missing[at];
          if (twin === undefined) throw new Error("no twin");
          const bearer = bearers[role] ?? "";
          const said = `${role}: ${probe.name}`;
          const answer = await send(gate, bearer, probe.path, probe.method, probe.body);
          if (!probe.names) {
            const text = JSON.stringify(answer.body) ?? "";
            // Their names it may have said itself; these it cannot know.
            for (const mark of [`secret of ${other}`, `${other}-user`])
              expect(`${said}: ${text}`).not.toContain(mark);
            continue;
          }
          const absent = await send(gate, bearer, twin.path, twin.method, twin.body);
          expect([said, plain(answer, theirs)]).toEqual([said, plain(absent, nobodys)]);
          if (probe.asks) expect([said, answer.status >= 400]).toEqual([said, true]);
        }
      }
  });

  test.each(PAIRS)("who asks in the name of %s hears nothing of what %s has", async (mine, other) => {
    const [{ bearers }, { things: theirs }] = [sideOf(mine), sideOf(other)];
    const nobodys = NOBODYS(theirs);
    const asks: readonly (readonly [string, (things: Things) => object])[] = [
      ["/authorize", ({ server }) => ({ tenant_id: mine, resource_id: server, operation: "job" })],
      [
        "/authorize",
        ({ user }) => ({ tenant_id: mine, resource_id: "common", operation: "job", principal: user }),
      ],
      [
        "/authorize/batch",
        ({ server, tool }) => ({ items: [{ tenant_id: mine, resource_id: server, operation: tool }] }),
      ],
      [
        "/access-requests",
        ({ server, tool }) => ({ for: "1h", reason: "x", rule: "night", servers: [server], tools: [tool] }),
      ],
      ["/access-requests", ({ server }) => ({ for: "1h", reason: "x", servers: [server] })],
    ];
    for (const role of ROLES)
      for (const [path, body] of asks) {
        const sent = (things: Things): Promise<Answer> =>
          send(gate, bearers[role] ?? "", `${API}${path}`, "POST", body(things));
        const [answer, absent] = [await sent(theirs), await sent(nobodys)];
        // What is made of the names that were sent differs with them.
        const same = (text: string): string =>
          text.replaceAll(/sha256:[0-9a-f]{64}|\\"[0-9a-f]{32}\\"/g, "<digest>");
        expect([path, same(plain(answer, theirs))]).toEqual([path, same(plain(absent, nobodys))]);
      }
  });

  test("what another has takes no longer to be refused, or shorter, than what is not there", async () => {
    const [{ bearers }, { things: theirs }] = [sideOf("acme"), sideOf("globex")];
    const nobodys = NOBODYS(theirs);
    const bearer = bearers["tenant_admin"] ?? "";
    const probed = (things: Things): readonly (() => Promise<Answer>)[] => [
      ...operations
        .flatMap((operation) => probesOf(operation, things))
        .filter(({ names }) => names)
        .map(
          ({ path, method, body }) =>
            () =>
              send(gate, bearer, path, method, body),
        ),
      ...["tools/call", "prompts/get", "resources/read", "tasks/get", "completion/complete"].map(
        (method) => () => ask(gate, bearers["user"] ?? "", method, paramsOf(things)),
      ),
      () => ask(gate, bearer, "tools/list", {}, `/mcp/${things.server}`),
    ];
    /** The quickest of several, because whatever else the machine does only makes it slower. */
    const timed = async (one: () => Promise<Answer>, other: () => Promise<Answer>) => {
      const quickest = [Infinity, Infinity];
      for (let round = 0; round < 12; round += 1)
        for (const [at, send] of [one, other].entries()) {
          const from = performance.now();
          await send();
          quickest[at] = Math.min(quickest[at] ?? Infinity, performance.now() - from);
        }
      return quickest.toSorted((a, b) => a - b);
    };
    const missing = probed(nobodys);
    for (const [at, existing] of probed(theirs).entries()) {
      const twin = missing[at];
      if (twin === undefined) throw new Error("no twin");
      // A machine that does much else is asked again; what differs by itself does so each time.
      let alike = false;
      for (let again = 0; again < 5 && !alike; again += 1) {
        const [short = 0, long = 0] = await timed(existing, twin);
        alike = long < 2 * short + 2;
      }
      expect([at, alike]).toEqual([at, true]);
    }
  }, 120_000);

  /** A request about everything that somebody has: each method looks at what it knows. */
  const paramsOf = ({ tool, task, server }: Things) => ({
    name: tool,
    arguments: {},
    uri: `note://${server}`,
    taskId: task,
    ref: { type: "ref/prompt", name: tool },
    argument: { name: "a", value: "b" },
    level: "info",
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "t", version: "1" },
  });
  const MODERN = methodsOf("modern").filter((method) => method !== "subscriptions/listen");

  test.each(PAIRS)(
    "no method of MCP tells %s anything of %s, in either era, at any address",
    async (mine, other) => {
      const [{ bearers, session }, { things: theirs }] = [sideOf(mine), sideOf(other)];
      const bearer = bearers["user"] ?? "";
      const nobodys = NOBODYS(theirs);
      const modern = (method: string, things: Things, path: string): Promise<Answer> =>
        ask(gate, bearer, method, paramsOf(things), path);
      const legacy = (method: string, things: Things, path: string): Promise<Answer> =>
        send(
          gate,
          bearer,
          path,
          "POST",
          { jsonrpc: "2.0", id: 1, method, params: paramsOf(things) },
          { "mcp-session-id": session },
        );
      const eras = [
        ["modern", MODERN, modern, ["/mcp", "/mcp/common", "own"]],
        ["legacy", methodsOf("legacy").filter((method) => method !== "initialize"), legacy, ["/mcp", "own"]],
      ] as const;
      for (const [era, methods, sent, paths] of eras)
        for (const method of methods)
          for (const where of paths) {
            const path = (things: Things): string => (where === "own" ? `/mcp/${things.server}` : where);
            const said = `${era} ${method} ${where}`;
            // What is learned once, lists and eras, is known to both then.
            await sent(method, nobodys, path(nobodys));
            const first = asked();
            const answer = await sent(method, theirs, path(theirs));
            const reached = first();
            const second = asked();
            const absent = await sent(method, nobodys, path(nobodys));
            expect([said, plain(answer, theirs)]).toEqual([said, plain(absent, nobodys)]);
            // Nothing takes another way, and so another time.
            expect([said, reached]).toEqual([said, second()]);
            expect([said, reached[theirs.server]]).toEqual([said, []]);
            expect(`${said}: ${JSON.stringify(answer.body)}`).not.toContain(`${other} did`);
          }
    },
  );

  test.each(PAIRS)(
    "who subscribes at %s to what %s has is told what whoever names nothing is",
    async (mine, other) => {
      const [{ bearers }, { things: theirs }] = [sideOf(mine), sideOf(other)];
      const nobodys = NOBODYS(theirs);
      const acknowledged = async (things: Things, path: string): Promise<string> => {
        const leaving = new AbortController();
        const notifications = {
          toolsListChanged: true,
          taskIds: [things.task],
          resourceSubscriptions: [`note://${things.server}`],
        };
        const response = await fetch(new URL(path, gate.url), {
          method: "POST",
          signal: leaving.signal,
          headers: {
            "content-type": "application/json",
            accept: "application/json, text/event-stream",
            authorization: bearers["user"] ?? "",
            "mcp-protocol-version": "2026-07-28",
            "mcp-method": "subscriptions/listen",
          },
          body: JSON.stringify({
            jsonrpc: "2.0",
            id: "s",
            method: "subscriptions/listen",
            params: { notifications, _meta: { ...META, ...TASKS } },
          }),
        });
        let body = "";
        for await (const piece of response.body ?? []) {
          body += Buffer.from(piece).toString();
          if (/acknowledged|error/.test(body)) break;
        }
        leaving.abort();
        return plain({ status: response.status, headers: response.headers, body }, things);
      };
      for (const path of [() => "/mcp", () => "/mcp/common", ({ server }: Things) => `/mcp/${server}`]) {
        const [answer, absent] = [
          await acknowledged(theirs, path(theirs)),
          await acknowledged(nobodys, path(nobodys)),
        ];
        expect(answer).toBe(absent);
      }
    },
  );

  test.each(PAIRS)(
    "a session of another is one that is not there: %s asks for that of %s",
    async (mine, other) => {
      const [{ bearers }, { things: theirs }] = [sideOf(mine), sideOf(other)];
      const nobodys = NOBODYS(theirs);
      const ping = { jsonrpc: "2.0", id: 1, method: "ping", params: {} };
      for (const method of ["POST", "GET", "DELETE"])
        for (const path of [() => "/mcp", ({ session }: Things) => `/messages?sessionId=${session}`]) {
          const sent = (things: Things): Promise<Answer> =>
            send(gate, bearers["user"] ?? "", path(things), method, method === "POST" ? ping : undefined, {
              "mcp-session-id": things.session,
            });
          const [answer, absent] = [await sent(theirs), await sent(nobodys)];
          expect([method, plain(answer, theirs)]).toEqual([method, plain(absent, nobodys)]);
          expect(answer.status).toBeGreaterThanOrEqual(400);
        }
      // It still is its owner's.
      const owner = await send(gate, sideOf(other).bearers["user"] ?? "", "/mcp", "POST", ping, {
        "mcp-session-id": theirs.session,
      });
      expect(owner.status).toBe(200);
    },
  );

  test.each(PAIRS)("a key under which %s did something is not one of %s's", async (mine) => {
    const { bearers } = sideOf(mine);
    const [used, unused] = await Promise.all(
      ["shared-key", `unused-${mine}`].map((key) =>
        send(
          gate,
          bearers["admin"] ?? "",
          `${API}/validate`,
          "POST",
          { policy: {} },
          { "idempotency-key": key },
        ),
      ),
    );
    expect([used?.status, used?.body]).toEqual([unused?.status, unused?.body]);
    expect(used?.status).toBe(200);
  });

  test("who made what is seen by their own, so that the above looks for what is there", async () => {
    for (const tenant of ["acme", "globex"]) {
      const { bearers, things } = sideOf(tenant);
      const admin = bearers["tenant_admin"] ?? "";
      for (const path of [
        `/keys/${things.key}`,
        `/users/${things.user}`,
        `/service-accounts/${things.account}`,
        `/tenants/${tenant}`,
        `/audit/entries/${things.call}`,
      ])
        expect([path, (await send(gate, admin, `${API}${path}`, "GET")).status]).toEqual([path, 200]);
      expect(
        (await send(gate, bearers["user"] ?? "", `${API}/approvals/${things.approval}`, "GET")).status,
      ).toBe(200);
      const task = await ask(gate, bearers["user"] ?? "", "tasks/get", { taskId: things.task });
      expect(JSON.stringify(task.body)).toContain(things.task);
    }
  });
});
