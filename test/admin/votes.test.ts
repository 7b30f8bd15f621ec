// Whoever may make keys has them for a moment: they decide nothing that their maker asked for, or has decided already.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Principal } from "../../src/call/principal.ts";
import { sessions } from "../../src/identity/browser/sessions.ts";
import { principalOfKey } from "../../src/identity/keyring.ts";
import { localAccount } from "../../src/identity/local.ts";
import { makersOf } from "../../src/identity/makers.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { type Api, openApi } from "./api.ts";

const POLICY = {
  rules: [
    {
      name: "two-people",
      match: { tool: "wipe" },
      ask: { approvers: ["bo", "cy", "dan", "tom", "role:lead"], quorum: 2, within: "1h" },
      why: "Wiping needs two people.",
    },
  ],
};
const TOM: Principal = { id: "tom", tenant: "default", roles: ["tenant_admin"], scopes: [], source: "token" };
const ROOT: Principal = { ...TOM, id: "ada", roles: ["admin"] };
const DAN: Principal = { ...TOM, id: "dan", roles: ["approver"] };

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe.each(["sqlite", "postgres"])("on %s", (engine) => {
  let api: Api;
  beforeAll(async () => {
    api = await openApi({
      policy: POLICY,
      ...(engine === "postgres" && { store: await postgres.database() }),
    });
  });
  afterAll(() => api.close());

  /** Who holds a key that somebody makes. */
  async function keyFrom(maker: Principal, body: object): Promise<Principal> {
    api.credential = maker;
    const made = await api.post("/keys", body);
    const { key } = (await made.json()) as { key?: string };
    expect(made.status).toBe(201);
    const { credentials, people } = api.running.store;
    return await principalOfKey(String(key), "127.0.0.1", {
      credentials,
      people,
      implies: {},
      now: Date.now,
    });
  }

  let asked = 0;
  /** A question that somebody puts, and how it goes on as others approve it. */
  async function question(by: Principal): Promise<(voter: Principal) => Promise<string>> {
    api.credential = by;
    asked += 1;
    const said = await api.authorize({
      resource_id: "files/wipe",
      operation: "tools/call",
      args: { asked },
      consume: true,
    });
    const [{ approval_id: id }] = said["obligations"] as [{ approval_id: string }];
    return async (voter) => {
      api.credential = voter;
      const answer = await api.post(`/approvals/${id}/approve`, {});
      const { state, detail } = (await answer.json()) as { state?: string; detail?: string };
      return state ?? detail ?? String(answer.status);
    };
  }

  test("somebody who makes keys reaches no quorum alone, whoever asks", async () => {
    const bo = await keyFrom(TOM, { principal: "bo", roles: ["approver"] });
    const cy = await keyFrom(TOM, { principal: "cy", roles: ["approver"] });
    const agent = await keyFrom(TOM, { principal: "agent", roles: ["user"] });

    const own = await question(TOM);
    expect(await own(bo)).toMatch(/^tom asks, and made the key of bo: /);
    const through = await question(agent);
    expect(await through(TOM)).toMatch(/^tom made the key that this was asked with, /);
    expect(await through(cy)).toMatch(/^tom made the key of cy, and the one that this was asked with: /);

    const others = await question({ ...DAN, id: "eve", roles: [] });
    expect(await others(bo)).toBe("pending");
    expect(await others(cy)).toMatch(/^bo has approved it, and both keys may be one person's; /);
    expect(await others(TOM)).toMatch(/^bo has approved it, with a key that tom made; /);
    expect(await others(DAN)).toBe("approved");
  });

  test("nor through somebody else who makes keys, through a service account, or by erasing who was between", async () => {
    const tim = await keyFrom(TOM, { principal: "tim", roles: ["tenant_admin"] });
    const bo = await keyFrom(tim, { principal: "bo", roles: ["approver"] });
    expect(bo.made_by).toEqual([{ id: "tim" }, { id: "tom" }]);
    expect(await (await question(TOM))(bo)).toMatch(/^tom asks, and made the key of bo: /);

    api.credential = TOM;
    expect((await api.post("/service-accounts", { id: "bot", roles: ["lead", "approver"] })).status).toBe(
      201,
    );
    const bot = await keyFrom(ROOT, { service_account: "bot" });
    expect(bot.made_by).toEqual([{ id: "ada", gate: true }, { id: "tom" }]);
    expect(await (await question(TOM))(bot)).toMatch(/^tom asks, and made the key of bot: /);

    // Who was between is erased, their key with them.
    const { credentials } = api.running.store;
    const key = await credentials.get(String(bo.credential));
    if (key === undefined) throw new Error("no key");
    const lost = { ...bo, made_by: await makersOf(key, { get: async () => undefined }) };
    expect(await (await question(DAN))(lost)).toMatch(/^Nobody knows any more who made the key of bo: /);
  });

  test("who looks after the gate makes everybody's keys, and asks and votes as one person like others", async () => {
    for (const maker of [ROOT, localAccount()]) {
      const bo = await keyFrom(maker, { principal: "bo", roles: ["approver"] });
      const cy = await keyFrom(maker, { principal: "cy", roles: ["approver"] });
      const agent = await keyFrom(maker, { principal: "agent", roles: ["user"] });
      const put = await question(agent);
      expect([await put(bo), await put(cy)]).toEqual(["pending", "approved"]);
    }
    const bo = await keyFrom(ROOT, { principal: "bo", roles: ["approver"] });
    expect(await (await question(ROOT))(bo)).toMatch(/^ada asks, and made the key of bo: /);
  });

  test("a browser's session that began with a key is as good as that key", async () => {
    const bo = await keyFrom(TOM, { principal: "bo", roles: ["approver"] });
    const { signIns, credentials } = api.running.store;
    const lasting = { idle_ms: 60_000, lasts_ms: 60_000, now: Date.now };
    const browsers = sessions({ signIns, credentials, ...lasting });
    const signed = await browsers.find(await browsers.begin({ ...bo, source: "session" }, bo.credential));
    expect(signed).toMatchObject({ id: "bo", source: "session", made_by: [{ id: "tom" }] });
    expect(await (await question(TOM))(signed ?? bo)).toMatch(/^tom asks, and made the key of bo: /);
  });

  test("the record names who made the keys", async () => {
    const bo = await keyFrom(TOM, { principal: "bo", roles: ["approver"] });
    await (await question(DAN))(bo);
    api.credential = TOM;
    const list = (await (await fetch(`${api.url}/approvals?limit=1`)).json()) as { items: readonly object[] };
    expect(list.items).toMatchObject([{ principal: "dan", acts: [{ by: "bo", key_made_by: ["tom"] }] }]);
  });
});
