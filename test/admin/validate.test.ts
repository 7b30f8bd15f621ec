import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, openApi } from "./api.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

async function validated(body: object) {
  const response = await api.post("/validate", body);
  expect(response.status).toBe(200);
  return (await response.json()) as { valid: boolean; errors: { pointer: string; message: string }[] };
}

test("MCPGovernance's own document is taken [G86]", async () => {
  const tenants = {
    "tenant-alpha": { plugins: ["security_scanner", "config_hardening"], access_level: "read" },
  };
  const registries = [
    { name: "legacy-system", type: "generic", endpoint: "http://legacy:8000", governance_enabled: false },
  ];
  expect(await validated({ configuration: { tenants } })).toEqual({ valid: true, errors: [] });
  expect(await validated({ configuration: { tenants, registries } })).toEqual({ valid: true, errors: [] });
});

test.each([
  [{ configuration: { tenants: { a: { access_level: "all" } } } }, "/configuration/tenants/a/access_level"],
  [{ configuration: { tenants: { a: { plugin: [] } } } }, "/configuration/tenants/a/plugin"],
  [
    { configuration: { registries: [{ name: "r", type: "x", endpoint: "http://r" }] } },
    "/configuration/registries/0/type",
  ],
  [
    { configuration: { registries: [{ name: "r", type: "mcp", endpoint: "file:///etc/passwd" }] } },
    "/configuration/registries/0/endpoint",
  ],
  [{ configuration: { listen: 7 } }, "/configuration/listen"],
  [{ configuration: { mcpServer: {} } }, "/configuration/mcpServer"],
  [{ policy: { rules: [{ name: "r", allow: "yes" }] } }, "/policy/rules/0/allow"],
  [{ policy: { rules: [{ name: "r", allow: true, when: "usr.id == 1" }] } }, "/policy/rules/0/when"],
  [{ policy: "rules:\n  - name: r\n    deny: true\n" }, "/policy/rules/0/deny"],
  [
    { policy: { rules: [{ name: "r", match: { server: "filez" }, allow: true }] } },
    "/policy/rules/0/match/server",
  ],
  [
    {
      policy: {
        rules: [
          {
            name: "r",
            ask: { approvers: ["ana"], within: "1h", notify: ["slack://ops"] },
            why: "Ask first.",
          },
        ],
      },
    },
    "/policy/rules/0/ask/notify/0",
  ],
])("%j is wrong at %s [G86]", async (body, pointer) => {
  const { valid, errors } = await validated(body);
  expect(valid).toBe(false);
  expect(errors.map((each) => each.pointer)).toContain(pointer);
});

test("nothing is kept, and nothing is in force [G86]", async () => {
  const policy = { rules: [{ name: "all", allow: true }] };
  expect(await validated({ policy })).toEqual({ valid: true, errors: [] });
  expect(await api.authorize({ resource_id: "files/x", operation: "tools/call" })).toMatchObject({
    allowed: false,
  });
  expect(await api.running.store.policies.versions("", 10)).toEqual([]);
});

test("a body with neither is refused", async () => {
  expect((await api.post("/validate", {})).status).toBe(400);
});
