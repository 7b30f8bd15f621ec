import { printable } from "../../document/render.ts";
import { inventory, type KeyEntry } from "../../privacy/inventory.ts";
import { type Progress, rotate as rotateKeys } from "../../privacy/rotation.ts";
import { Failure } from "../failure.ts";
import { columns, jsonLine, print } from "../out.ts";
import { localTime } from "../records/times.ts";
import { say, tell } from "../say.ts";
import { noted, withKept } from "./key-work.ts";

type Options = Readonly<Record<string, unknown>>;

const utc = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

function rowOf(entry: KeyEntry, now: number): readonly string[] {
  const { kind, id, state, made_at, rotated_at, where, subjects } = entry;
  const age = made_at === undefined ? "" : `since ${localTime(made_at, now)}`;
  const rotated =
    rotated_at === undefined || rotated_at === made_at ? "" : `rotated ${localTime(rotated_at, now)}`;
  const under = subjects === undefined ? "" : `${subjects} ${subjects === 1 ? "person" : "people"}`;
  return [kind, printable(id), state, age, rotated, under, printable(where)];
}

/** `portcullis keys inventory`. */
export async function keyInventory(_: readonly string[], options: Options): Promise<number> {
  return await withKept(options, async ({ store, root, address }) => {
    const now = Date.now();
    const entries = await inventory(store, await root(), address, now);
    if (options["json"] === true) {
      for (const { made_at, rotated_at, ...entry } of entries)
        await print(jsonLine({ ...entry, made_at: utc(made_at), rotated_at: utc(rotated_at) }));
      return 0;
    }
    for (const line of columns(entries.map((entry) => rowOf(entry, now)))) await print(line);
    return 0;
  });
}

/** Says how far it is, at most once in a while. */
function telling(): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return ({ tenant, done, total }) => {
    if (Date.now() - last < 1_000 && done < total) return;
    last = Date.now();
    tell(`     ${printable(tenant)}: ${done} of ${total}`);
  };
}

/** `portcullis keys rotate`. */
export async function rotate(_: readonly string[], options: Options): Promise<number> {
  const tenant = options["tenant"] as string | undefined;
  return await withKept(options, async (kept) => {
    const { store, root } = kept;
    if (tenant !== undefined && (await store.subjects.masters(tenant)).length === 0)
      throw new Failure(1, `tenant ${printable(tenant)} has no keys`, "portcullis keys inventory");
    const ports = { keys: store.subjects, root: await root(), now: Date.now, told: telling() };
    const done = await rotateKeys(ports, tenant);
    const { tenants, subjects, unreadable } = done;
    const detail = { tenants, subjects, unreadable, root: done.root ?? "" };
    await noted(kept, tenant ?? "default", "key.rotated", tenant ?? "*", detail);
    if (options["json"] === true) await print(jsonLine({ ...detail, tenant: tenant ?? null }));
    else {
      say("ok", `the keys of ${subjects} people in ${tenants} tenants are under new master keys`);
      if (done.root !== undefined)
        tell(`     the key that wraps them is ${done.root}, in ${ports.root.where}: back that up`);
    }
    if (unreadable === 0) return 0;
    say(
      "fail",
      `${unreadable} data keys cannot be opened: their rows were changed by hand, and stay as they are`,
    );
    return 1;
  });
}
