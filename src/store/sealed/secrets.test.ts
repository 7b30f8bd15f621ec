import { expect, test } from "vitest";
import type { KeptSecret, Secrets } from "../secrets.ts";
import type { Sealer, Subject } from "./sealer.ts";
import { sealedSecrets } from "./secrets.ts";

const subject: Subject = {
  id: "sub_1",
  name: "portcullis:secrets",
  seal: (text) => Buffer.from(text).toString("hex"),
  unseal: (token) => Buffer.from(token, "hex").toString(),
  commit: (value) => value,
};
let destroyed = false;
const sealer: Sealer = {
  of: () => subject,
  find: () => Promise.resolve(subject),
  by: (_, ids) => Promise.resolve(new Map(destroyed ? [] : ids.map((id) => [id, subject]))),
  close: () => Promise.resolve(),
};
const rows = new Map<string, KeptSecret>();
const inner: Secrets = {
  put: (secret) => Promise.resolve(rows.set(secret.name, secret).size > 0),
  get: (name) => Promise.resolve(rows.get(name)),
  list: () => Promise.resolve([]),
  remove: (name) => Promise.resolve(rows.delete(name)),
};
const secret: KeptSecret = { name: "wiki", sealed: "head..iv.text.tag", at: 1, by: "ana" };

test("a secret is kept under a key of its tenant, and comes back as it was put", async () => {
  const secrets = sealedSecrets(inner, "acme", sealer);
  await secrets.put(secret);
  expect(rows.get("wiki")?.sealed).toMatch(/^sub_1 [0-9a-f]+$/);
  expect(await secrets.get("wiki")).toEqual(secret);
  expect(await secrets.get("other")).toBeUndefined();
});

test("one of the time before is as it was, and one whose key is gone opens no more", async () => {
  rows.set("old", { ...secret, name: "old" });
  const secrets = sealedSecrets(inner, "acme", sealer);
  expect(await secrets.get("old")).toMatchObject({ sealed: secret.sealed });
  destroyed = true;
  expect(await secrets.get("wiki")).toMatchObject({ sealed: "" });
});
