import { printable } from "../../document/render.ts";
import { type Doomed, doomed, erase as eraseSubject } from "../../privacy/erasure.ts";
import { Failure } from "../failure.ts";
import { jsonLine, print } from "../out.ts";
import { say, tell } from "../say.ts";
import { noted, withKept } from "./key-work.ts";

type Options = Readonly<Record<string, unknown>>;

/** What is typed to mean it. */
const CONFIRMATION = "erase";

function told({ id, removed, questions, inClear, principal }: Doomed): void {
  if (id === undefined) tell(`     ${printable(principal)} has no key: nothing was ever sealed for them`);
  else tell(`     the key of ${id}: everything sealed for them in records becomes unreadable, for good`);
  for (const [table, rows] of Object.entries(removed)) if (rows > 0) tell(`     ${rows} in ${table}`);
  if (questions > 0) tell(`     ${questions} open questions of theirs end`);
  if (inClear)
    say(
      "warn",
      "records from before there were keys name them in clear: those cannot be changed, and stay until they are retired",
    );
}

/** `portcullis privacy erase PRINCIPAL`. */
export async function erase([principal = ""]: readonly string[], options: Options): Promise<number> {
  const tenant = (options["tenant"] as string | undefined) ?? "default";
  const json = options["json"] === true;
  return await withKept(options, async (kept) => {
    const { store, sealer } = kept;
    const ports = { store, sealer, now: Date.now };
    const plan = await doomed(ports, tenant, principal);
    const rows = Object.values(plan.removed).reduce((sum, each) => sum + each, 0);
    if (plan.id === undefined && rows === 0 && !plan.inClear)
      throw new Failure(1, `nothing is kept of ${printable(principal)} in tenant ${printable(tenant)}`);
    if (options["dryRun"] === true) {
      if (json) await print(jsonLine({ ...plan, dry_run: true }));
      else told(plan);
      return 0;
    }
    if (options["confirm"] !== CONFIRMATION) {
      told(plan);
      throw new Failure(
        2,
        "nothing is erased yet, because it cannot be taken back",
        `say it again with --confirm ${CONFIRMATION}`,
      );
    }
    // Before it is done, so that it is on record whatever happens; the id says nothing of the person.
    const object = plan.id ?? "";
    await noted(kept, tenant, "data.erasing", object, { rows });
    const { removed, left } = await eraseSubject(ports, plan, (what) => tell(`     ${what}`));
    await noted(kept, tenant, "data.erased", object, { removed, left });
    if (json) await print(jsonLine({ tenant, id: plan.id ?? null, removed, left, in_clear: plan.inClear }));
    else say("ok", `the data of ${printable(principal)} is destroyed; within a second no gate knows the key`);
    if (plan.inClear) say("warn", "records from before there were keys still name them in clear");
    if (left === "") return plan.inClear ? 1 : 0;
    say("warn", left);
    return 1;
  });
}
