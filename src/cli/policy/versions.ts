import { printable } from "../../document/render.ts";
import { type Acting, inForceNow } from "../../rollout/act.ts";
import { endOf, percentText, type State, stageOf, stageText } from "../../rollout/state.ts";
import type { Tally } from "../../store/policies.ts";
import { columns, jsonLine, print } from "../out.ts";
import { localTime } from "../records/times.ts";
import { short, withPolicies } from "./acting.ts";

const MOST = 200;

function placeOf(version: string, now: string, state: State | undefined): string {
  const onItsWay = state?.kind === "rolling" && version === state.to;
  return version === now ? "in force" : onItsWay ? `on its way: ${stageText(stageOf(state))}` : "";
}

function seen(part: string, { calls, denied }: Tally): string {
  return `${part}: ${calls} calls, ${denied} newly denied`;
}

/** What is known of the version on its way. */
async function progress({ policies, now }: Acting, seq: number, state: State): Promise<readonly string[]> {
  if (state.kind === "settled") return [];
  const { share, shadow } = await policies.tallies(seq);
  const end = endOf(state);
  const { max_deny_bp, least_calls } = state.plan;
  const until = end === undefined ? "until `policy apply --now`" : `until ${localTime(end, now())} at least`;
  const bound =
    max_deny_bp === null ? "no bound" : `bound ${percentText(max_deny_bp)}, from ${least_calls} calls on`;
  return [
    `  ${stageText(stageOf(state))} ${until}`,
    ...(share.calls > 0 ? [`  ${seen("decided", share)}`] : []),
    `  ${seen("judged beside", shadow)}   ${bound}`,
  ];
}

async function listChanges({ policies, now }: Acting, json: boolean): Promise<void> {
  const changes = (await policies.changes(MOST)).toReversed();
  if (json) {
    for (const { at, state, ...change } of changes)
      await print(
        jsonLine({ at: new Date(at).toISOString(), ...change, state: JSON.parse(state) as unknown }),
      );
    return;
  }
  const rows = changes.map(({ at, who, act, before, after, message }) =>
    [localTime(at, now()), who, act, `${short(before)} → ${short(after)}`, message].map(printable),
  );
  for (const line of columns(rows)) await print(line);
}

/** `portcullis policy versions`: every version that was in force, newest first, and how far the newest has come. */
export async function versions(
  _: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const json = options["json"] === true;
  return await withPolicies(options, async (acting) => {
    if (options["changes"] === true) {
      await listChanges(acting, json);
      return 0;
    }
    const { last, state, version: current } = await inForceNow(acting);
    const known = await acting.policies.versions("", MOST);
    if (json) {
      for (const { version, at, who } of known) {
        const place = placeOf(version, current, state);
        await print(
          jsonLine({ version, at: new Date(at).toISOString(), who, place: place === "" ? null : place }),
        );
      }
      return 0;
    }
    const rows = known.map(({ version, at, who }) => [
      short(version),
      localTime(at, acting.now()),
      printable(who),
      placeOf(version, current, state),
    ]);
    for (const line of columns(rows)) await print(line);
    if (state !== undefined && last !== undefined)
      for (const line of await progress(acting, last.seq, state)) await print(line);
    return 0;
  });
}
