import type { Config } from "../../config/config.ts";
import { mergeNames, type Offered } from "../../gateway/addresses/names.ts";
import { troubleIn } from "../servers/mend.ts";
import { progress } from "../servers/servers.ts";
import { type Survey, surveyAll } from "../servers/survey.ts";
import { bounded, type Finding } from "./finding.ts";

/** Clients put this before a name and take 64 characters in all. */
const CLIENT_PREFIX = "mcp__portcullis__";
const CLIENT_MOST = 64;

function findingOf(survey: Survey): Finding {
  const { server, status, outcome, took_ms } = survey;
  const trouble = troubleIn(survey);
  if (outcome instanceof Error || trouble !== undefined) {
    const { what = "", words = [], fix = "" } = trouble ?? {};
    return { level: "fail", check: "server", message: `${server.name}  ${what}`, fix, more: words };
  }
  const tools = outcome.lists["tools/list"].length;
  const era = status.era?.era ?? "unknown";
  return {
    level: "ok",
    check: "server",
    message: `${server.name}  ${status.transport}, ${era} era, ${tools} tools, answered after ${took_ms} ms`,
  };
}

function offers(surveys: readonly Survey[], list: "tools/list" | "prompts/list"): readonly Offered[] {
  return surveys.flatMap(({ server, outcome }) =>
    outcome instanceof Error
      ? []
      : [
          {
            server: server.name,
            prefix: server.prefix,
            names: outcome.lists[list].flatMap(({ name }) => (typeof name === "string" ? [name] : [])),
          },
        ],
  );
}

/** What clients of the merged address see under another name, and names that some of them cannot take. */
function names(surveys: readonly Survey[], list: "tools/list" | "prompts/list"): readonly Finding[] {
  const all = offers(surveys, list);
  const merged = mergeNames(all);
  const seen = all.flatMap(({ server, prefix = "", names }) =>
    names.map((name) => ({ server, name, plain: `${prefix}${name}`, outward: merged.outward(server, name) })),
  );
  const holders = [...Map.groupBy(seen, ({ plain }) => plain).values()].filter(({ length }) => length > 1);
  const collisions = Map.groupBy(holders, (several) => several.map(({ server }) => server).join(" and "));
  const long = seen.filter(({ outward }) => CLIENT_PREFIX.length + outward.length > CLIENT_MOST);
  return [
    ...[...collisions].map(([who, names]): Finding => {
      const shown = names.slice(0, 3).map((several) => several.map(({ outward }) => outward).join(", "));
      return {
        level: "warn",
        check: "names",
        message: `${counted(names.length)} offered by ${who}: at /mcp clients see ${shown.join("; ")}${names.length > 3 ? "; …" : ""}`,
        fix: `write a prefix: of your own under mcpServers.${who.split(" and ").at(-1) ?? ""}`,
      };
    }),
    ...[...Map.groupBy(long, ({ server }) => server)].map(([server, names]): Finding => {
      const shown = names.slice(0, 3).map(({ outward }) => outward);
      return {
        level: "warn",
        check: "names",
        message: `${counted(names.length)} longer than ${CLIENT_MOST} characters with the ${CLIENT_PREFIX} that clients put before them, ${server}: ${shown.join(", ")}${names.length > 3 ? ", …" : ""}`,
        fix: `connect the client to /mcp/${server} under a shorter name`,
      };
    }),
  ];
}

function counted(count: number): string {
  return count === 1 ? "1 name is" : `${count} names are`;
}

/** Each configured server, asked now; then what their names do to each other. */
export async function servers(config: Config): Promise<readonly Finding[]> {
  const waiting = progress(config.servers.map(({ name }) => name));
  const surveys = await surveyAll(config, ({ server }) => waiting.done(server.name));
  const alone = new Set(config.listen.map(({ server }) => server));
  const merged = surveys.filter(({ server }) => !alone.has(server.name));
  return [
    ...surveys.map(findingOf),
    ...bounded([...names(merged, "tools/list"), ...names(merged, "prompts/list")], "names"),
  ];
}
