import { afterAll, beforeAll, expect, test } from "vitest";
import { callId } from "../../src/call/id.ts";
import type { Principal } from "../../src/call/principal.ts";
import { closed, opened } from "../faults/journal-events.ts";
import { type Api, openApi } from "./api.ts";

/** Reads records, and not what was said in them. */
const ADMIN: Principal = {
  id: "it",
  tenant: "default",
  roles: ["tenant_admin"],
  scopes: [],
  source: "token",
};
const AUDITOR: Principal = { ...ADMIN, id: "auditor", roles: ["auditor"] };
const ADDRESS = "file:///home/ana/diagnosis.txt";
const found = callId(Date.now() - 1000);

let api: Api;
beforeAll(async () => {
  api = await openApi();
  const of = {
    target: ADDRESS,
    target_kind: "resource",
    principal: "ana",
    detail: { args: { note: "the secret garden" } },
  } as const;
  await api.running.store.forTenant("default").journal.append([opened(found, of), closed(found, {})]);
});
afterAll(() => api.close());

async function get(path: string, credential: Principal): Promise<string> {
  api.credential = credential;
  return await (await fetch(`${api.url}${path}`)).text();
}

test("whoever may not see what was said learns nothing by searching for it, in an export either", async () => {
  const address = encodeURIComponent(ADDRESS);
  expect(await get("/audit/export?kinds=calls", ADMIN)).toContain(found);
  for (const filter of ["text=secret+garden", `principal=ana&target=${address}`]) {
    expect([filter, await get(`/audit/export?${filter}`, ADMIN)]).toEqual([filter, ""]);
    expect(await get(`/audit/entries?kinds=calls&${filter}`, ADMIN)).not.toContain(found);
    expect(await get(`/audit/export?redact=none&${filter}`, AUDITOR)).toContain(found);
  }
});

test("for what somebody searched stands in no act's object, which is in clear", async () => {
  expect(await get("/audit/entries?payload=true&text=garden&principal=ana", AUDITOR)).toContain("items");
  const { acts } = api.running.store.forTenant("default");
  const [act] = await acts.find({ action: "payload.opened", order: "newest", limit: 1 });
  expect(act?.act).toMatchObject({
    object: "records",
    detail: { filter: { text: "garden", principal: "ana" } },
  });
});
