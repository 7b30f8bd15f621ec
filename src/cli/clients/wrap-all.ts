import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type FoundFile, findFiles } from "../../clients/find.ts";
import { openKeychain } from "../../clients/keychain.ts";
import type { Plan } from "../../clients/plan.ts";
import { planUnwrap } from "../../clients/plan-unwrap.ts";
import { planWrap, type Wrapper } from "../../clients/plan-wrap.ts";
import { readRecord } from "../../clients/records.ts";
import { targetOf } from "../../clients/write.ts";
import { loadConfig } from "../../config/load.ts";
import { namesNoPolicy } from "../../config/policy-place.ts";
import { printable } from "../../document/render.ts";
import { ask, canAsk } from "../approvals/ask.ts";
import { Failure } from "../failure.ts";
import { ownLauncher } from "../installation.ts";
import { policyInForce } from "../policy/of.ts";
import { say, tell } from "../say.ts";
import {
  carryOut,
  changes,
  confirmed,
  ownRecords,
  sayProblems,
  sayRefused,
  showPlans,
  tilde,
} from "./plans.ts";

type Options = Readonly<Record<string, unknown>>;

/** Files once each, though two clients may be led to the same by links. */
function distinct(files: readonly FoundFile[]): readonly FoundFile[] {
  const targets = files.map(({ place }) => targetOf(place.file));
  return files.filter((_, index) => targets.indexOf(targets[index] ?? "") === index);
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

/** A secret in clear, as messages name it, and what its client takes in its place. */
interface Plain {
  readonly said: string;
  readonly instead: string;
}

function plainSecrets(plans: readonly Plan[]): readonly Plain[] {
  return plans.flatMap(({ steps }) =>
    steps.flatMap(({ list, server }) => {
      const { client, file, servers } = list;
      const secrets = servers.find(({ name }) => name === server)?.secrets ?? [];
      return secrets.map((called): Plain => {
        const variable = /^env\.(\w+)$/.exec(called)?.[1] ?? "NAME";
        const reference = client.reference?.(variable);
        const instead =
          reference === undefined
            ? `${client.label} has no way to name a variable there`
            : `write ${reference} there, and set ${variable} where ${client.label} is started`;
        return { said: `${called} of ${server} in ${tilde(file)} is stored as plain text`, instead };
      });
    }),
  );
}

/** Whether secrets are to move: as the option says, else as the person answers, else not. */
async function moving(plans: readonly Plan[], options: Options): Promise<boolean> {
  const secrets = plainSecrets(plans);
  if (secrets.length === 0) return false;
  const opened = await openKeychain();
  for (const { said, instead } of secrets) {
    say("warn", printable(said));
    if (opened.kind === "none") tell(printable(`     instead: ${instead}`));
  }
  if (opened.kind === "none") {
    const stays = `secrets stay where they are: no keychain answers (${opened.why})`;
    if (options["moveSecrets"] === true)
      throw new Failure(3, stays, "leave --move-secrets away, or run this in a session that has a keychain");
    say("warn", stays);
    return false;
  }
  if (options["moveSecrets"] === true) return true;
  if (options["yes"] !== true && options["dryRun"] !== true && canAsk())
    return await ask("Move them to the system keychain?");
  tell("     fix: add --move-secrets, and those of programs go to the system keychain");
  return false;
}

async function finish(
  plans: readonly Plan[],
  options: Options,
  again: string,
  next: string,
): Promise<number> {
  await showPlans(plans, options["json"] === true);
  const refused = sayRefused(plans);
  if (!plans.some(changes)) {
    tell("Nothing to do.");
    return refused;
  }
  if (options["dryRun"] === true) {
    tell(`Nothing was changed. To do it: ${again}`);
    return refused;
  }
  if (!(await confirmed(options, again))) return 1;
  const code = await carryOut(plans);
  if (code === 0) tell(next);
  return code === 0 ? refused : code;
}

/** Reads a configuration and its policy as `wrap` will. Throws Problems. */
function checked(named: string): void {
  const { config } = loadConfig({ file: named });
  if (!namesNoPolicy(config)) policyInForce(config, []);
}

/** `portcullis wrap --all`: puts `portcullis wrap` before each server that a client on this machine starts. */
export async function wrapAll(words: readonly string[], options: Options): Promise<number> {
  if (words.length > 0)
    throw new Failure(
      2,
      "--all takes the servers that clients start, and a command is one server",
      "leave --all away, or the command",
    );
  if (options["name"] !== undefined)
    throw new Failure(
      2,
      "--name is for one server, and --all names each as its client does",
      "leave --name away",
    );
  const named = options["config"] as string | undefined;
  if (named !== undefined && !existsSync(named))
    throw new Failure(2, `${named} does not exist`, "portcullis init, or name another with --config");
  // What `wrap` would refuse must not end every server of every client.
  if (named !== undefined) checked(named);
  const config = named === undefined ? undefined : resolve(named);
  const { files, problems } = findFiles();
  sayProblems(problems);
  const wrapper: Wrapper = { platform: process.platform, launcher: ownLauncher(), config };
  const records = ownRecords();
  const planned = (move: boolean): readonly Plan[] =>
    distinct(files).map((file) =>
      planWrap(file, readRecord(records, targetOf(file.place.file)), wrapper, move),
    );
  const first = planned(false);
  const steps = first.flatMap(({ steps: all }) => all);
  const clients = new Set(steps.map(({ list }) => list.client.id));
  tell(`Found ${count(steps.length, "MCP server")} in ${count(clients.size, "client")}`);
  const plans = (await moving(first, options)) ? planned(true) : first;
  if (steps.some(({ list, kind }) => kind === "wrap" && list.scope === "project"))
    say(
      "warn",
      "a file of the project is among them: whoever shares it needs this program at the same place",
    );
  tell(
    config === undefined
      ? "Mode  observe: nothing is refused, everything is recorded on this machine only"
      : `Mode  as ${tilde(config)} says`,
  );
  const code = await finish(
    plans,
    options,
    `portcullis wrap --all${named === undefined ? "" : ` --config ${named}`}${options["moveSecrets"] === true ? " --move-secrets" : ""}`,
    "Next  restart the clients, use a tool, then run: portcullis logs   undo: portcullis unwrap --all",
  );
  return problems.length > 0 ? 1 : code;
}

/** `portcullis unwrap --all`: takes it away again. */
export async function unwrapAll(_: readonly string[], options: Options): Promise<number> {
  if (options["all"] !== true)
    throw new Failure(
      2,
      "unwrap takes back what `wrap --all` did, in all clients at once",
      "portcullis unwrap --all",
    );
  const { files, problems } = findFiles();
  sayProblems(problems);
  const records = ownRecords();
  const plans = distinct(files).map((file) =>
    planUnwrap(file, readRecord(records, targetOf(file.place.file))),
  );
  const code = await finish(plans, options, "portcullis unwrap --all", "Next  restart the clients");
  return problems.length > 0 ? 1 : code;
}
