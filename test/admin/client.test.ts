import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { governanceClient, MCPGovernanceClient, ProblemError } from "../../src/client/client.ts";
import { type Api, openApi } from "./api.ts";

let api: Api;
let base: string;
beforeAll(async () => {
  api = await openApi({
    servers: ["plugs"],
    policy: {
      rules: [
        { name: "granted", match: { server: "plugs", tool: "a|b" }, allow: true },
        {
          name: "asked",
          match: { tool: "b" },
          when: "has(args.pay)",
          ask: { approvers: ["cto@company.com"], within: "1h" },
          why: "Money.",
        },
        {
          name: "in-need",
          match: { tool: "c" },
          access: { approvers: ["cto@company.com"], for: "1h", break_glass: true },
          why: "For emergencies.",
        },
      ],
    },
  });
  base = new URL(api.url).origin;
});
afterAll(() => api.close());

const tenant_id = "default";

test("asks, in types, what the API answers", async () => {
  const client = governanceClient({ url: base });
  const question = { tenant_id, resource_id: "plugs/a", operation: "tools/call" };
  expect(await client.authorize(question)).toMatchObject({ allowed: true, policies: ["granted"] });
  expect(await client.allows(question)).toBe(true);
  expect(await client.allows({ ...question, resource_id: "plugs/c" })).toBe(false);
  const items = await client.authorizeAll([question, { ...question, operation: "completion/complete" }]);
  expect(items.map(({ status }) => status)).toEqual([200, 422]);
  expect(await client.validate({ policy: { rules: [] } })).toEqual({ valid: true, errors: [] });
});

test("people decide through it", async () => {
  const client = governanceClient({ url: `${base}/governance/v1/` });
  const question = {
    tenant_id,
    resource_id: "plugs/b",
    operation: "tools/call",
    args: { pay: 1 },
    consume: true,
  };
  const { obligations } = await client.authorize(question);
  const [id = ""] = obligations.flatMap((each) => (each.type === "approval" ? [each.approval_id ?? ""] : []));
  expect((await client.approvals({ limit: 1 })).items).toMatchObject([{ id }]);
  const { preview } = await client.approval(id);
  await client.delegate(id, { approver: "cto@company.com", to: "cfo@company.com" });
  expect(await client.approve(id, { approver: "cfo@company.com", preview: preview.digest })).toMatchObject({
    state: "approved",
  });
  expect(await client.deny(id, { approver: "cfo@company.com", reason: "changed my mind" })).toMatchObject({
    state: "denied",
  });
  await expect(client.approve(id, { approver: "cfo@company.com" })).rejects.toMatchObject({
    name: "ProblemError",
    status: 409,
    problem: { code: "already-decided", detail: expect.stringContaining("Already decided") as string },
  });
});

test("access is asked for, and reviewed, through it", async () => {
  const client = governanceClient({ url: base });
  const taken = await client.requestAccess({
    for: "1h",
    reason: "outage",
    break_glass: true,
    principal: "ana",
    tools: ["c"],
  });
  expect(taken).toMatchObject({ state: "approved", principal: "ana" });
  expect(await client.review(taken.id, { approver: "cto@company.com" })).toMatchObject({ state: "reviewed" });
});

test("no answer is never an allow [G36]", async () => {
  const silent = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end('{"allowed":true}');
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const question = { tenant_id, resource_id: "plugs/a", operation: "read" };
  await expect(governanceClient({ url }).allows(question)).rejects.toThrow("no answer of this API");
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
  await expect(new MCPGovernanceClient(url).authorize("default", "plugs/a", "read")).rejects.toThrow(
    "fetch failed",
  );
  const fetch = () => Promise.resolve(Response.json({ allowed: "yes" }));
  expect(await governanceClient({ url, fetch }).allows(question)).toBe(false);
  await expect(governanceClient({ url: base }).allows({ ...question, tenant_id: "" })).rejects.toBeInstanceOf(
    ProblemError,
  );
});

test("MCPGovernance's client filters a list by its own names [G26, G35, G36, G37]", async () => {
  const governance = new MCPGovernanceClient(base);
  const granted: string[] = [];
  for (const plug of ["a", "b", "c", "d", "e"])
    if (await governance.authorize({ tenant_id }, `plugs/${plug}`, "read")) granted.push(plug);
  expect(granted).toEqual(["a", "b"]);
  process.env["GOVERNANCE_ENDPOINT"] = api.url;
  try {
    expect(await new MCPGovernanceClient().authorize("default", "plugs/a", "read")).toBe(true);
  } finally {
    delete process.env["GOVERNANCE_ENDPOINT"];
  }
  expect(() => new MCPGovernanceClient()).toThrow("GOVERNANCE_ENDPOINT");
});

test("it loads nothing of the gate", () => {
  const script = `
    const { registerHooks } = await import("node:module");
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import(${JSON.stringify(new URL("../../src/client/client.ts", import.meta.url).href)});
    console.log(JSON.stringify(loaded.filter((url) => !url.startsWith("node:")).map((url) => url.split("/src/")[1] ?? url)));`;
  const out = execFileSync(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    "--input-type=module",
    "-e",
    script,
  ]);
  expect((JSON.parse(out.toString()) as string[]).toSorted()).toEqual([
    "client/client.ts",
    "client/governance.ts",
    "client/mcp-governance.ts",
    "client/problem.ts",
  ]);
});
