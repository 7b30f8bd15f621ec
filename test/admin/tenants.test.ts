import { expect, onTestFinished, test } from "vitest";
import { openApi } from "./api.ts";

test("whose credential names a tenant is judged there, as the gate judges their calls", async () => {
  const api = await openApi({
    policy: { rules: [{ name: "acme", match: { tenant: "acme", tool: "read_file" }, allow: true }] },
  });
  onTestFinished(api.close);
  api.credential = { id: "ana", tenant: "acme", roles: [], scopes: [], source: "token" };
  const question = { resource_id: "files/read_file", operation: "tools/call" };
  expect(await api.authorize({ ...question, tenant_id: "acme" })).toMatchObject({ allowed: true });
  const elsewhere = await api.post("/authorize", { ...question, tenant_id: "globex" });
  expect(elsewhere.status).toBe(403);
});
