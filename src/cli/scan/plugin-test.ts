import { createReadStream } from "node:fs";
import { isObject, type Json } from "../../call/json.ts";
import type { Role } from "../../detect/detector.ts";
import type { Outsider } from "../../detect/outsider.ts";
import { Failure } from "../failure.ts";
import { jsonLine, print } from "../out.ts";
import { say } from "../say.ts";
import { withPlugin } from "./plugin-file.ts";
import { linesOf, readLine } from "./scan-lines.ts";

/** What came of the lines. */
interface Tally {
  found: number;
  missed: number;
  cried: number;
  quiet: number;
  broke: number;
  wrong: number;
}

/** Lines that are told one by one. */
const TOLD = 100;

/** `label` says whether there is something to find; undefined where it says nothing. */
function labelOf(line: string): boolean | undefined {
  const value = JSON.parse(line) as Json;
  const label = isObject(value) ? value["label"] : undefined;
  if (label === true || label === 1) return true;
  return label === false || label === 0 ? false : undefined;
}

const LEAST = 0.5;

async function isFound(plugin: Outsider, text: string, role: Role): Promise<boolean | string> {
  const looked = await plugin.look([{ text, field: { role } }]);
  if (looked.kind === "missed") return looked.why;
  return looked.kind === "looked" && looked.sightings.some(({ found }) => found.score >= LEAST);
}

async function tallied(plugin: Outsider, data: string, role: Role): Promise<Tally> {
  const tally: Tally = { found: 0, missed: 0, cried: 0, quiet: 0, broke: 0, wrong: 0 };
  let number = 0;
  let told = 0;
  const tell = (id: Json, what: string): void => {
    told += 1;
    if (told <= TOLD) say("warn", `${id === null ? `line ${number}` : jsonLine(id)}: ${what}`);
  };
  for await (const line of linesOf(createReadStream(data))) {
    number += 1;
    if (line?.trim() === "") continue;
    const read = readLine(number, line);
    const label = "wrong" in read ? undefined : labelOf(line ?? "");
    if ("wrong" in read || label === undefined) {
      tally.wrong += 1;
      say("fail", `line ${number}: ${"wrong" in read ? read.wrong : "`label` is neither true nor false"}`);
      continue;
    }
    const found = await isFound(plugin, read.text, role);
    if (typeof found === "string") tell(read.id, found);
    else if (found !== label) tell(read.id, label ? "missed" : "found, where nothing is");
    if (typeof found === "string") tally.broke += 1;
    else if (label) tally[found ? "found" : "missed"] += 1;
    else tally[found ? "cried" : "quiet"] += 1;
  }
  return tally;
}

const share = (part: number, rest: number): number | null =>
  part + rest === 0 ? null : Math.round((part / (part + rest)) * 1000) / 1000;
const percent = (value: number | null): string => (value === null ? "–" : `${(value * 100).toFixed(1)} %`);

/** `portcullis plugin test`: exit code 1 where a line was judged wrongly, or not at all; 2 where one cannot be read. */
export async function pluginTest(
  [file = ""]: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const data = String(options["data"]);
  const role = (options["role"] as Role | undefined) ?? "text";
  const { name, tally } = await withPlugin(file, options["sandbox"] === true, async (plugin) => {
    try {
      return { name: plugin.name, tally: await tallied(plugin, data, role) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      throw new Failure(2, `${data} does not exist`, "lines of {id, text, label}");
    }
  });
  const recall = share(tally.found, tally.missed);
  const false_positives = share(tally.cried, tally.quiet);
  const { found, missed, cried, quiet, broke, wrong } = tally;
  if (options["json"] === true)
    await print(jsonLine({ name, recall, false_positives, found, missed, cried, quiet, broke }));
  else {
    await print(`recall           ${percent(recall)}   ${found} of ${found + missed}`);
    await print(`false positives  ${percent(false_positives)}   ${cried} of ${cried + quiet}`);
    if (broke > 0) await print(`did not look     ${broke}`);
  }
  if (wrong > 0) return 2;
  return missed + cried + broke > 0 ? 1 : 0;
}
