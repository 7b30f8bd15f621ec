import { readFileSync } from "node:fs";
import { fastify } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { governanceApp } from "../../src/admin/app.ts";
import { isRole, may, type Permission, type Role, ROLES } from "../../src/call/permission.ts";
import { DEFAULT_RESOURCE_ARGS } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import { mint } from "../../src/identity/key.ts";
import { DOORS } from "../../src/ingress/endpoint.ts";
import { PROBES } from "../../src/ingress/health.ts";
import type { HttpDoor } from "../../src/ingress/http.ts";
import { construct, openHttp, type Running } from "../../src/main.ts";
import { compile } from "../../src/policy/compile.ts";
import { openLog } from "../../src/telemetry/log.ts";
import { methodsOf } from "../../src/wire/methods.ts";
import { folderWith, removeFolder } from "../gate/running.ts";

/** What is answered to whoever asks, and why that is right. Everything else is for who is known. */
const OPEN: Readonly<Record<string, string>> = {
  "/health": "a load balancer has no credential; it learns that the process lives, and its version",
  "/health/live": "as /health",
  "/health/startup": "as /health",
  "/ready": "as /health: whether a call could be served",
  "/.well-known/oauth-protected-resource": "RFC 9728: how to sign in is for who is not signed in",
  "/.well-known/oauth-protected-resource/mcp": "as above, for an address",
  "/.well-known/oauth-protected-resource/governance": "as above, for the API",
};
/** Each kind of path beside MCP, as src/admin/open.ts tells them apart, with paths that are of it. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  PATH: [
    "/governance",
    "/governance/v1",
    "/governance/v1/nothing",
    "/api",
    "/api/cache/security/access-requests",
  ],
  PAGES: ["/a/apr_01kah6qv9ye5svxc7r4jzd0m2n", "/a/x?k=y"],
  SIGN_IN: [],
  OAUTH: [],
};
/** Kinds that there are only where they are configured; who has not signed in must reach them, so that they can. */
const WHERE_CONFIGURED: ReadonlySet<string> = new Set(["SIGN_IN", "OAUTH"]);

/** The routes of a router's tree, as it prints itself: four columns for each level. */
function routesIn(tree: string): readonly { readonly method: string; readonly url: string }[] {
  const above: string[] = [];
  return tree.split("\n").flatMap((line) => {
    const [, indent = "", part = "", methods = ""] =
      /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?/.exec(line) ?? [];
    const depth = indent.length / 4;
    above[depth] = part;
    const url = above.slice(0, depth + 1).join("");
    // A wildcard is printed without what it is below; the description has that one.
    return methods === "" || !url.startsWith("/")
      ? []
      : methods.split(", ").map((method) => ({ method, url }));
  });
}

let folder: string;
let running: Running;
let door: HttpDoor;
let origin: string;
let routes: readonly { readonly method: string; readonly url: string }[];
let described: readonly { readonly method: string; readonly url: string; readonly permission: Permission }[];

beforeAll(async () => {
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      listen: "127.0.0.1:0",
      policy: "policy.yaml",
      auth: { mode: "required", api_keys: true, oauth: { issuers: [{ issuer: "https://id.example" }] } },
      mcpServers: { files: { command: "false" } },
    }),
    "policy.yaml": "rules: []",
  });
  const { config } = loadConfig({ file: `${folder}/portcullis.yaml`, env: {} });
  const reading = { resourceArgs: () => DEFAULT_RESOURCE_ARGS, root: folder };
  const policy = compile([{ file: "policy", text: "rules: []" }], reading);
  running = await construct({ config, policy, log: openLog("fatal"), version: "0.0.0-test" });
  door = await openHttp(running, config);
  const [at] = config.listen;
  if (at === undefined) throw new Error("no listener");
  origin = `http://127.0.0.1:${(await door.listen(at)).port}`;
  const { gate, store } = running;
  const isTenant = (tenant: string) => tenant === "default";
  const app = await governanceApp({ gate, store, door: config, isTenant, reading }, new WeakMap());
  routes = routesIn(app.printRoutes({ commonPrefix: false }));
  const { paths = {} } = app.swagger() as unknown as { paths?: Record<string, Record<string, object>> };
  described = Object.entries(paths).flatMap(([url, of]) =>
    Object.entries(of).map(([method, route]) => ({
      method: method.toUpperCase(),
      url,
      permission: (route as { "x-permission": Permission })["x-permission"],
    })),
  );
  await app.close();
});
afterAll(async () => {
  await door.drain();
  await running.close();
  removeFolder(folder);
});

const JSON_TYPE = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const filled = (url: string): string =>
  url
    .replaceAll(/:tenant_id|\{tenant_id\}/g, "default")
    .replaceAll(/:\w+|\{\w+\}/g, "x")
    .replace(/\{?\*\}?/, "mcp");

function send(method: string, path: string, headers: Readonly<Record<string, string>> = {}, body = "{}") {
  const has = method !== "GET" && method !== "HEAD";
  return fetch(`${origin}${path}`, { method, headers: { ...JSON_TYPE, ...headers }, ...(has && { body }) });
}

async function refused(method: string, path: string, body?: string): Promise<void> {
  const answers = {
    nobody: await send(method, path, {}, body),
    forged: await send(method, path, { authorization: `Bearer ${mint("live").text}` }, body),
    odd: await send(method, path, { authorization: "Basic cm9vdDpyb290" }, body),
  };
  for (const [who, answer] of Object.entries(answers)) {
    // Whoever guesses too often is not even looked at.
    expect([method, path, who, [401, 429].includes(answer.status)]).toEqual([method, path, who, true]);
    await answer.body?.cancel();
  }
  expect(answers.nobody.status).toBe(401);
}

// First: whoever guessed a while is not looked at.
describe("who is known is let do what their role lets do", () => {
  async function bearer(role: Role): Promise<Readonly<Record<string, string>>> {
    const { text, ...own } = mint("live");
    const nothing = { scopes: [], servers: [], tools: [], networks: [], name: "" };
    const times = { made_at: 0, expires_at: Date.now() + 60_000, revoked_at: null, used_at: null };
    const who = { tenant: "default", principal: role, made_by: "x", revoked_by: null, roles: [role] };
    await running.store.credentials.add({ ...own, ...nothing, ...times, ...who });
    return { authorization: `Bearer ${text}` };
  }

  test.each(Object.keys(ROLES).filter(isRole))("%s, at every route of the API", async (role) => {
    const headers = await bearer(role);
    const holder = { source: "api-key", tenant: "default", roles: [role] } as const;
    for (const { method, url, permission } of described) {
      const answer = await send(method, filled(url), headers, "[]");
      const said = (await answer.json().catch(() => ({}))) as { code?: string };
      const lets = may(holder, permission, "default");
      const told = [role, method, url, permission, answer.status, said.code];
      // Some look at the tenant that they are about as well.
      if (lets && url.includes("/tenants/")) continue;
      expect([...told, said.code === "not-permitted"]).toEqual([...told, !lets]);
    }
  });
});

describe("whoever shows nothing, or what proves nothing, is answered by nothing", () => {
  test("of the API", async () => {
    expect(routes.length).toBeGreaterThan(25);
    const urls = new Set(routes.map(({ url }) => url.replaceAll(/:(\w+)/g, "{$1}")));
    expect(described.filter(({ url }) => !url.endsWith("{*}") && !urls.has(url))).toEqual([]);
    expect(described.every(({ permission }) => permission !== undefined)).toBe(true);
    for (const { method, url } of [...routes, ...described]) await refused(method, filled(url));
  });

  test("of MCP, by whatever door and method", async () => {
    for (const kind of DOORS)
      for (const path of [`/${kind}`, `/${kind}/files`, `/${kind}/nothing`])
        for (const method of ["POST", "GET", "DELETE", "PUT"]) await refused(method, path);
    const methods = new Set([
      ...methodsOf("legacy"),
      ...methodsOf("modern"),
      "odd/method",
      "notifications/initialized",
    ]);
    expect(methods.size).toBeGreaterThan(15);
    for (const method of methods)
      await refused("POST", "/mcp", JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: {} }));
  });

  test("of what is beside MCP, each kind of which is known here", async () => {
    const source = readFileSync(`${import.meta.dirname}/../../src/admin/open.ts`, "utf8");
    const kinds = [...source.matchAll(/^const ([A-Z_]+) = \/\^/gm)].map(([, name = ""]) => name);
    expect(kinds.toSorted()).toEqual(Object.keys(BESIDE).toSorted());
    for (const kind of kinds)
      expect([kind, (BESIDE[kind] ?? []).length > 0]).toEqual([kind, !WHERE_CONFIGURED.has(kind)]);
    for (const path of BESIDE["PATH"] ?? []) await refused("GET", path);
  });

  test("of its probes and metadata, but for those that have a reason", async () => {
    for (const path of PROBES) {
      if (OPEN[path] === undefined) await refused("GET", path);
      else expect([path, (await send("GET", path)).status < 400]).toEqual([path, true]);
    }
    for (const path of Object.keys(OPEN))
      expect([path, (await send("GET", path)).status]).toEqual([path, 200]);
  });

  test("of a page: without a link there is nothing", async () => {
    for (const path of BESIDE["PAGES"] ?? []) expect([401, 404]).toContain((await send("GET", path)).status);
  });

  test("what a credential is never taken from is its address", async () => {
    const { text } = mint("live");
    for (const path of ["/mcp", "/governance/v1/keys", "/health/detailed"])
      expect([400, 429]).toContain((await send("GET", `${path}?access_token=${text}`)).status);
  });
});

test("a route that declares no permission is not taken", async () => {
  const { demandPermissions } = await import("../../src/admin/routes.ts");
  const app = fastify();
  demandPermissions(app);
  expect(() => app.get("/open", () => "")).toThrow("declares no permission");
});
