import { homedir } from "node:os";
import { join, sep } from "node:path";
import { type Applied, apply } from "../../clients/apply.ts";
import type { FoundProblem } from "../../clients/find.ts";
import { accountOf, type Keychain, openKeychain } from "../../clients/keychain.ts";
import { locked } from "../../clients/lock.ts";
import type { Plan, Step } from "../../clients/plan.ts";
import type { Records } from "../../clients/records.ts";
import { isSecret } from "../../clients/secret-values.ts";
import { stateFolder } from "../../config/paths.ts";
import { printable } from "../../document/render.ts";
import { ask, canAsk } from "../approvals/ask.ts";
import { Failure } from "../failure.ts";
import { jsonLine, print } from "../out.ts";
import { say, tell } from "../say.ts";

/** What is written down about clients' files. */
export function ownRecords(): Records {
  return { folder: join(stateFolder(), "clients") };
}

/** A path as people write it. */
export function tilde(path: string): string {
  const home = process.env["HOME"] ?? homedir();
  return path.startsWith(`${home}${sep}`) ? `~${path.slice(home.length)}` : path;
}

/** Words of a command line as they may be shown: without secrets. */
function shownWords(words: readonly string[]): readonly string[] {
  return words.map((word, index) => {
    const [flag = "", ...rest] = word.split("=");
    if (word.startsWith("-") && rest.length > 0 && isSecret(flag, rest.join("="))) return `${flag}=•••`;
    const before = words[index - 1] ?? "";
    return !word.startsWith("-") && isSecret(before.startsWith("-") ? before : "", word) ? "•••" : word;
  });
}

function line(words: readonly string[]): string {
  const texts = shownWords(words).map((word) =>
    /^[\w@%+=:,./\\{}"[\]•-]+$/.test(word) ? word : JSON.stringify(word),
  );
  return printable(texts.join(" "));
}

const idle = (kind: Step["kind"]): boolean => kind === "none" || kind === "refused";

/** One step as a line of JSON. */
function asJson({ list, server, kind, note, secrets, before, after }: Step): object {
  const { client, scope, file, project } = list;
  return {
    client: client.id,
    scope,
    file,
    ...(project === undefined ? {} : { project }),
    server,
    action: kind,
    ...(note === undefined ? {} : { note }),
    secrets,
    before: shownWords(before),
    after: shownWords(after),
  };
}

/** What is to happen, on standard output. */
export async function showPlans(plans: readonly Plan[], json: boolean): Promise<void> {
  for (const step of plans.flatMap(({ steps }) => steps)) {
    if (json) {
      await print(jsonLine(asJson(step)));
      continue;
    }
    const { list, server, kind, note, secrets, before, after } = step;
    const where = list.project === undefined ? "" : ` (project ${tilde(list.project)})`;
    await print(printable(`${tilde(list.file)}  ${list.client.label}${where}  ${server}`));
    if (note !== undefined) await print(printable(`    ${idle(kind) ? "stays" : "note"}: ${note}`));
    if (idle(kind)) continue;
    if (before.length > 0) await print(`    - ${line(before)}`);
    const restored = after.map((word) => (kind === "unwrap" && accountOf(word) !== undefined ? "•••" : word));
    if (after.length > 0) await print(`    + ${line(restored)}`);
    for (const secret of secrets) await print(printable(`    keychain: ${secret}`));
  }
}

export function sayProblems(problems: readonly FoundProblem[]): void {
  for (const { file, line: at, column, message, fix } of problems) {
    say("fail", printable(`${tilde(file)}${at === undefined ? "" : `:${at}:${column}`}  ${message}`));
    tell(printable(`     fix: ${fix}`));
  }
}

/** The keychain, where something needs it. Failure 3 where there is none. */
async function neededKeychain(): Promise<Keychain> {
  const opened = await openKeychain();
  if (opened.kind === "open") return opened.keychain;
  throw new Failure(
    3,
    `no keychain answers: ${opened.why}`,
    "unlock the keychain of this session, or run this in a desktop session",
  );
}

/** Whether to go on: asked where somebody can answer, else only where `--yes` says so. Exit code 1 where not. */
export async function confirmed(options: Readonly<Record<string, unknown>>, again: string): Promise<boolean> {
  if (options["yes"] === true) return true;
  if (canAsk()) return await ask("Apply?");
  say("fail", "nothing was changed: nobody is here to ask");
  tell(`     fix: ${again} --yes`);
  return false;
}

/** Whether a plan changes its file. */
export const changes = ({ steps }: Plan): boolean => steps.some(({ kind }) => !idle(kind));

/** Says what cannot be done; gives the exit code that this alone would have. */
export function sayRefused(plans: readonly Plan[]): 0 | 1 {
  const refused = plans.flatMap(({ steps }) => steps.filter(({ kind }) => kind === "refused"));
  for (const { list, server, note } of refused)
    say("fail", printable(`${tilde(list.file)}  ${server} ${note ?? ""}`));
  return refused.length > 0 ? 1 : 0;
}

function sayApplied(plan: Plan, applied: Applied): void {
  const file = printable(tilde(plan.file.place.file));
  if (applied.kind === "refused") {
    say("fail", printable(`${file} ${applied.message}`));
    tell(printable(`     fix: ${applied.fix}`));
    return;
  }
  const names = plan.steps.flatMap(({ kind, server }) => (idle(kind) ? [] : [server]));
  const backup = applied.backup === undefined ? "" : `   backup ${tilde(applied.backup)}`;
  say("ok", printable(`${file}  ${names.join(", ")}${backup}`));
  for (const old of applied.tell_tales)
    say("warn", printable(`${tilde(old)} still has a secret that has moved: delete it when all works`));
}

/** Carries plans out, one process at a time. Gives the exit code: 1 where a file was left as it was. */
export async function carryOut(plans: readonly Plan[]): Promise<0 | 1> {
  const records = ownRecords();
  let keychain: Promise<Keychain> | undefined;
  const means = {
    records,
    keychain: async (): Promise<Keychain> => await (keychain ??= neededKeychain()),
    now: (): Date => new Date(),
  };
  const done = await locked(records.folder, async () => {
    let refused = false;
    for (const plan of plans.filter(changes)) {
      const applied = await apply(plan, means).catch((error: unknown): Applied => {
        if (error instanceof Failure) throw error;
        const message = error instanceof Error ? error.message : String(error);
        return { kind: "refused", message: `stays as it is: ${message}`, fix: "mend that, and run it again" };
      });
      sayApplied(plan, applied);
      refused ||= applied.kind === "refused";
    }
    return refused;
  });
  if (done === undefined)
    throw new Failure(1, "another portcullis is changing clients' files", "wait until it has ended");
  return done ? 1 : 0;
}
