import type { ProfileName } from "../../call/guard.ts";
import type { Json } from "../../call/json.ts";
import type { Outsider } from "../../detect/outsider.ts";
import { PROFILES } from "../../detect/profiles.ts";
import { type Kind, type Seen, seenIn, textsOf } from "../../detect/scan.ts";
import { Failure } from "../failure.ts";
import { columns, jsonLine, print } from "../out.ts";
import { say } from "../say.ts";
import { withPlugin } from "./plugin-file.ts";
import { isListed, LINE_MOST, linesOf, readLine } from "./scan-lines.ts";

/** Characters of output that are written together. */
const BATCH = 65_536;

/** Who looks at texts. */
interface Looker {
  /** `10 guards (standard)` */
  readonly who: string;
  readonly seenIn: (text: string) => readonly Seen[] | Promise<readonly Seen[]>;
}

/** A plugin that did not look has found nothing out: Failure 3. */
function lookerOf(plugin: Outsider, kind: Kind): Looker {
  return {
    who: `the plugin ${plugin.name}`,
    async seenIn(text) {
      const { leaves, left } = textsOf(text, kind);
      const looked = await plugin.look(leaves);
      if (left || looked.kind === "missed")
        throw new Failure(
          3,
          looked.kind === "missed" ? looked.why : "there are more fields than are looked at",
        );
      if (looked.kind === "none") return [];
      return looked.sightings.flatMap(({ found, leaf }) => {
        const field = leaves[leaf]?.field;
        return field === undefined ? [] : [{ found, field, action: plugin.actionOf(found, field) }];
      });
    },
  };
}

function finding({ found, field, action }: Seen): Json {
  const { guard, kind, severity, score, why, span } = found;
  return {
    guard,
    class: found.class,
    severity,
    score,
    action,
    ...(kind !== undefined && { kind }),
    why,
    ...(field.path !== undefined && field.path.length > 0 && { path: field.path }),
    span: { from: span.from, until: span.until },
  };
}

const answer = (id: Json, seen: readonly Seen[]): string => jsonLine({ id, findings: seen.map(finding) });

/** Lines in, lines out, in order. Exit code 2 where a line could not be read; the others are answered all the same. */
async function scanList(lines: AsyncIterable<string | undefined>, { seenIn: look }: Looker): Promise<number> {
  let number = 0;
  let bad = 0;
  let held: string[] = [];
  let length = 0;
  for await (const line of lines) {
    number += 1;
    if (line?.trim() === "") continue;
    const read = readLine(number, line);
    if ("wrong" in read) {
      bad += 1;
      say("fail", `line ${number}: ${read.wrong}`);
      continue;
    }
    const said = answer(read.id, await look(read.text));
    held.push(said);
    length += said.length;
    if (length < BATCH) continue;
    await print(held.join("\n"));
    [held, length] = [[], 0];
  }
  if (held.length > 0) await print(held.join("\n"));
  return bad > 0 ? 2 : 0;
}

const MARKS = { note: "ok", warn: "warn", mask: "warn", block: "fail" } as const;

/** One text for a person. Exit code 1 where something in it would be blocked. */
async function scanText(text: string, { who, seenIn: look }: Looker, json: boolean): Promise<number> {
  const seen = await look(text);
  if (json) await print(answer(null, seen));
  else {
    const rows = seen.map(({ found, field, action }) => [
      action,
      found.class,
      found.guard,
      found.score.toFixed(2),
      [...(field.path ?? []), ""].length > 1
        ? (field.path ?? []).join(".")
        : `${found.span.from}–${found.span.until}`,
      found.why,
    ]);
    for (const row of columns(rows)) await print(row);
    const worst = seen.some(({ action }) => action === "block") ? "block" : (seen[0]?.action ?? "note");
    say(
      MARKS[worst],
      seen.length === 0
        ? `nothing found by ${who}`
        : `${seen.length} ${seen.length === 1 ? "finding" : "findings"} by ${who}`,
    );
  }
  return seen.some(({ action }) => action === "block") ? 1 : 0;
}

async function whole(first: string | undefined, rest: AsyncIterable<string | undefined>): Promise<string> {
  const lines = [first];
  let length = first?.length ?? 0;
  for await (const line of rest) {
    lines.push(line);
    length += (line?.length ?? LINE_MOST) + 1;
    if (length > LINE_MOST) break;
  }
  if (lines.includes(undefined) || length > LINE_MOST)
    throw new Failure(2, `the text is longer than ${LINE_MOST} characters`, "give it in lines of {id, text}");
  return lines.join("\n");
}

/** `portcullis scan`: what the guards of a profile say of `{id, text}` lines, or of one text, on standard input. */
export async function scan(
  _: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const kind = options["kind"] as Kind;
  const json = options["json"] === true;
  const file = options["plugin"] as string | undefined;
  const trusted = options["trusted"] === true;
  if (file === undefined && trusted)
    throw new Failure(2, "--trusted is about the plugin of --plugin", "name its file");
  if (file !== undefined && options["profile"] !== undefined)
    throw new Failure(2, "--plugin and --profile say two things", "leave one out");
  if (file !== undefined)
    return await withPlugin(file, !trusted, async (plugin) => await scanInput(lookerOf(plugin, kind), json));
  const profile = PROFILES[(options["profile"] as ProfileName | undefined) ?? "standard"];
  const who = `${profile.guards.length} guards (${profile.name})`;
  return await scanInput({ who, seenIn: (text) => seenIn(text, kind, profile) }, json);
}

async function scanInput(looker: Looker, json: boolean): Promise<number> {
  if (process.stdin.isTTY) say("ok", "reading standard input; end with Ctrl-D");
  const input = linesOf(process.stdin)[Symbol.asyncIterator]();
  const first = await input.next();
  const rest: AsyncIterable<string | undefined> = { [Symbol.asyncIterator]: () => input };
  if (first.done === true || (first.value !== undefined && !isListed(first.value))) {
    const text = first.done === true ? "" : await whole(first.value, rest);
    return await scanText(text, looker, json);
  }
  const lines = async function* (): AsyncIterable<string | undefined> {
    yield first.value;
    yield* rest;
  };
  return await scanList(lines(), looker);
}
