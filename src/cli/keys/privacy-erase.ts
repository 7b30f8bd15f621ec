import { findConfig, loadTenants } from "../../config/load.ts";
import { printable } from "../../document/render.ts";
import {
  type Doomed,
  doomed,
  doomedEverywhere,
  type ErasurePorts,
  erase as eraseSubject,
  isKept,
} from "../../privacy/erasure.ts";
import type { Kept } from "../../privacy/open.ts";
import { Failure } from "../failure.ts";
import { jsonLine, print } from "../out.ts";
import { say, tell } from "../say.ts";
import { noted, withKept } from "./key-work.ts";

type Options = Readonly<Record<string, unknown>>;

/** What is typed to mean it. */
const CONFIRMATION = "erase";

function told({ id, removed, questions, inClear, principal, tenant }: Doomed): void {
  const where = `in tenant ${printable(tenant)}`;
  if (id === undefined)
    tell(`     ${where} ${printable(principal)} has no key: nothing was ever sealed for them`);
  else
    tell(
      `     ${where} the key of ${id}: everything sealed for them in records becomes unreadable, for good`,
    );
  for (const [table, rows] of Object.entries(removed)) if (rows > 0) tell(`     ${rows} in ${table}`);
  if (questions > 0) tell(`     ${questions} open questions of theirs end`);
  if (inClear)
    say(
      "warn",
      "records from before there were keys name them in clear: those cannot be changed, and stay until they are retired",
    );
}

/** What would be destroyed: in one tenant, or wherever something is kept of them. Failure 1 where nothing is. */
async function plansOf(ports: ErasurePorts, principal: string, options: Options): Promise<readonly Doomed[]> {
  if (options["allTenants"] === true) {
    if (options["tenant"] !== undefined)
      throw new Failure(2, "--all-tenants and --tenant are two different things", "leave one of them away");
    const { tenants } = loadTenants({ file: findConfig(options["config"] as string | undefined) });
    const plans = await doomedEverywhere(
      ports,
      tenants.declared.map(({ id }) => id),
      principal,
    );
    if (plans.length > 0) return plans;
    throw new Failure(1, `nothing is kept of ${printable(principal)} in any tenant`);
  }
  const tenant = (options["tenant"] as string | undefined) ?? "default";
  const plan = await doomed(ports, tenant, principal);
  if (isKept(plan)) return [plan];
  throw new Failure(
    1,
    `nothing is kept of ${printable(principal)} in tenant ${printable(tenant)}`,
    "--tenant names another; --all-tenants looks in each",
  );
}

/** Destroys what one plan names. On record before it is done, whatever happens then; the id says nothing of the person. */
async function destroy(kept: Kept, ports: ErasurePorts, plan: Doomed): Promise<Doomed> {
  const object = plan.id ?? "";
  const rows = Object.values(plan.removed).reduce((sum, each) => sum + each, 0);
  await noted(kept, plan.tenant, "data.erasing", object, { rows });
  const removed = await eraseSubject(ports, plan, (what) => tell(`     ${printable(plan.tenant)}: ${what}`));
  return { ...plan, removed };
}

/** `portcullis privacy erase PRINCIPAL`. */
export async function erase([principal = ""]: readonly string[], options: Options): Promise<number> {
  const json = options["json"] === true;
  return await withKept(options, async (kept) => {
    const ports = { store: kept.store, sealer: kept.sealer, now: Date.now };
    const plans = await plansOf(ports, principal, options);
    if (options["dryRun"] === true) {
      for (const plan of plans) {
        if (json) await print(jsonLine({ ...plan, dry_run: true }));
        else told(plan);
      }
      return 0;
    }
    if (options["confirm"] !== CONFIRMATION) {
      for (const plan of plans) told(plan);
      throw new Failure(
        2,
        "nothing is erased yet, because it cannot be taken back",
        `say it again with --confirm ${CONFIRMATION}`,
      );
    }
    const done: Doomed[] = [];
    for (const plan of plans) done.push(await destroy(kept, ports, plan));
    tell("     overwriting what was deleted");
    const left = await kept.store.subjects.scrub();
    for (const { tenant, id, removed, inClear } of done) {
      await noted(kept, tenant, "data.erased", id ?? "", { removed, left });
      if (json) await print(jsonLine({ tenant, id: id ?? null, removed, left, in_clear: inClear }));
      else
        say(
          "ok",
          `the data of ${printable(principal)} in tenant ${printable(tenant)} is destroyed; within a second no gate knows the key`,
        );
    }
    tell(
      "     Backups of before still hold the key, wrapped: portcullis keys rotate, and let old copies of the key file end.",
    );
    const inClear = done.some((each) => each.inClear);
    if (inClear) say("warn", "records from before there were keys still name them in clear");
    if (left !== "") say("warn", left);
    return inClear || left !== "" ? 1 : 0;
  });
}
