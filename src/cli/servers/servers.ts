import { member } from "../../call/json.ts";
import type { Config } from "../../config/config.ts";
import { printable } from "../../document/render.ts";
import { configured } from "../configured.ts";
import { given } from "../given.ts";
import { columns, jsonLine, print } from "../out.ts";
import { localTime } from "../records/times.ts";
import { gatesAt } from "../running-gate.ts";
import { say, tell } from "../say.ts";
import { troubleIn } from "./mend.ts";
import { type Survey, surveyAll } from "./survey.ts";

/** Says that servers are asked by this process, where a gate that runs may hold others of them. */
export async function sayDirect(config: Config): Promise<void> {
  const [gate] = await gatesAt(config);
  if (gate !== undefined)
    tell(`A gate answers at ${gate.url}: the servers are asked directly here, not through it.`);
}

/** One line on a terminal that says who has not answered yet, and is gone in the end. */
export function progress(names: readonly string[]): { readonly done: (name: string) => void } {
  const waiting = new Set(names);
  const show = (): void => {
    if (!process.stderr.isTTY) return;
    const line = waiting.size === 0 ? "" : `asking ${[...waiting].join(", ")} …`;
    process.stderr.write(`\r\u001b[2K${line.slice(0, Math.max(20, process.stderr.columns - 1))}`);
  };
  show();
  return {
    done(name) {
      waiting.delete(name);
      show();
    },
  };
}

/** Fields of a survey that people and programs read alike. */
export function summaryOf(survey: Survey) {
  const { server, status, took_ms, outcome } = survey;
  const offer = outcome instanceof Error ? undefined : outcome;
  const about =
    member(offer?.greeting, "serverInfo") ??
    member(member(offer?.greeting, "_meta"), "io.modelcontextprotocol/serverInfo");
  const text = (key: string): string | null => {
    const value = member(about, key);
    return typeof value === "string" ? value : null;
  };
  const trouble = troubleIn(survey);
  return {
    name: server.name,
    transport: status.transport,
    state: offer === undefined ? ("down" as const) : ("up" as const),
    era: status.era?.era ?? null,
    era_since: status.era?.since.toISOString() ?? null,
    server: text("name"),
    version: text("version"),
    tools: offer?.lists["tools/list"].length ?? null,
    prompts: offer?.lists["prompts/list"].length ?? null,
    resources: offer?.lists["resources/list"].length ?? null,
    last_error: trouble?.what ?? null,
    took_ms,
  };
}

function row(survey: Survey, now: number): readonly string[] {
  const { name, transport, state, era, tools, prompts, resources, last_error } = summaryOf(survey);
  const since = survey.status.era?.since;
  const seen = era === null || since === undefined ? "-" : `${era} ${localTime(since.getTime(), now)}`;
  const counts = [tools, prompts, resources].map((count) => (count === null ? "-" : String(count)));
  return [name, transport, state, seen, ...counts, last_error ?? ""].map((cell) => printable(cell));
}

const HEAD = ["SERVER", "TRANSPORT", "STATE", "ERA SINCE", "TOOLS", "PROMPTS", "RESOURCES", ""];

/** `portcullis servers`: every configured server, asked directly and all at once. Exit 0 whoever answers. */
export async function servers(
  _: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const config = configured(options["config"] as string | undefined);
  await sayDirect(config);
  const waiting = progress(config.servers.map(({ name }) => name));
  const surveys = await surveyAll(config, ({ server }) => waiting.done(server.name));
  if (options["json"] === true) {
    for (const survey of surveys) await print(jsonLine(summaryOf(survey)));
    return 0;
  }
  const now = Date.now();
  for (const line of columns([HEAD, ...surveys.map((survey) => row(survey, now))])) await print(line);
  for (const survey of surveys) {
    const trouble = troubleIn(survey);
    if (trouble === undefined) continue;
    say("fail", printable(`${survey.server.name}: ${trouble.what}`));
    for (const line of trouble.words) tell(`       ${printable(line)}`);
    tell(`     fix: ${printable(trouble.fix)}`);
  }
  const [first] = surveys;
  if (first === undefined)
    tell("No server is configured. Add one under `mcpServers:`, or run `portcullis init --import`.");
  else tell(`Next  portcullis servers inspect ${first.server.name}${given(options, "config")}`);
  return 0;
}
