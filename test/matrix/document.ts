import { asked, type Operation } from "./asks.ts";
import { covers, type Expected } from "./expected.ts";
import { DOORS, type Door } from "./gate.ts";
import type { Cell } from "./matrix.ts";
import type { Upstream } from "./upstreams.ts";

const WORDS: Readonly<Record<Operation, string>> = {
  list: "lists",
  call: "call",
  resource: "resource",
  prompt: "prompt",
  progress: "progress",
  cancel: "cancellation",
  elicit: "elicitation",
};
const TITLES: Readonly<Record<Door, string>> = {
  http: "Streamable HTTP, `/mcp/NAME`",
  sse: "HTTP+SSE, `/sse/NAME`",
  proxy: "stdio, `portcullis proxy --server NAME`",
  wrap: "stdio, `portcullis wrap -- CMD`",
};
export const PYTHON_HEADING = "## A client in another language";

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  line(head),
  line(head.map(() => "---")),
  ...rows.map(line),
];

function shown(cell: Cell | undefined, expected: readonly Expected[]): string {
  if (cell === undefined) return "";
  const { operations, differences, bridged } = cell;
  const notes = new Set(
    differences.map(({ operation }) => expected.findIndex((entry) => covers(entry, cell, operation)) + 1),
  );
  const same = operations.length - differences.length;
  return [
    `${same}/${operations.length}`,
    ...(bridged ? ["⇄"] : []),
    ...[...notes].map((note) => `[${note}]`),
  ].join(" ");
}

/** One table for each door, servers by clients. */
function results(cells: readonly Cell[], expected: readonly Expected[], level: string): readonly string[] {
  return DOORS.flatMap((door) => {
    const here = cells.filter((cell) => cell.door === door);
    const clients = [...new Set(here.map(({ client }) => client))];
    const servers = [...new Set(here.map(({ upstream }) => upstream.name))];
    if (here.length === 0) return [];
    const rows = servers.map((server) => [
      server,
      ...clients.map((client) =>
        shown(
          here.find((cell) => cell.client === client && cell.upstream.name === server),
          expected,
        ),
      ),
    ]);
    return [`${level} ${TITLES[door]}`, "", ...table(["server", ...clients], rows), ""];
  });
}

const servers = (cells: readonly Cell[]): readonly Upstream[] => [
  ...new Map(cells.map(({ upstream }) => [upstream.name, upstream])).values(),
];

/** docs/COMPATIBILITY.md up to the section of the Python client. */
export function document(cells: readonly Cell[], expected: readonly Expected[]): string {
  const rows = servers(cells).map(({ name, title, transport, asks }) => [
    name,
    title,
    transport,
    asked(asks)
      .map((operation) => WORDS[operation])
      .join(", "),
  ]);
  const notes = expected.map(
    ({ operations, why }, at) =>
      `${at + 1}. ${operations.map((operation) => WORDS[operation]).join(", ")}: ${why}`,
  );
  return [
    "# Compatibility",
    "",
    "<!-- Written by `npm run compatibility`; a test fails where it is out of date. -->",
    "",
    "Every server below stands behind one gate that allows everything and has no guards (`profile: none`), and every client does with it what",
    "the server offers,",
    "once without the gate and once through each of its doors. `7/7` means that seven kinds of operation were tried and that the",
    "client saw the same seven times. `⇄` means that this client cannot reach this server at all without the gate, because they",
    "speak different eras or transports: there it is compared with what another client sees directly. An empty cell was not tried:",
    "`everything` on stdio is tried by every client through every door, the others by every client through the HTTP door and by one",
    "client of each era through each of the rest; clients that are dear to start try each server by others on one transport.",
    "",
    "## Servers",
    "",
    "All but the last rows are packages from npm by others, unmodified. `fixture` is this project's conformance fixture, for the eras",
    "and transports that none of them has.",
    "",
    ...table(["name", "server", "transport to the gate", "what is compared"], rows),
    "",
    "## Clients at the gate's doors",
    "",
    ...results(cells, expected, "###"),
    "## Differences",
    "",
    ...(notes.length === 0 ? ["None."] : notes),
    "",
    "## What is not compared",
    "",
    "- `resultType`, `ttlMs`, `cacheScope`, a tool's `execution`, a question's progress token, and the server's name in `_meta`: only one",
    "  era has them, and the gate adds or removes them where it stands between two.",
    "- Of progress, what is compared is the first report and that none comes out of order: the SDKs drop a report that arrives together",
    "  with the answer, with the gate and without.",
    "- Cancellation of the servers by others: that the call ends for the client and the connection goes on. The fixture says besides",
    "  whether the server was told.",
    "- `context7` runs without a network and `chrome` without a browser: their calls are answered with a tool error, and that is compared.",
    "",
    "",
  ].join("\n");
}

/** What a document says: each cell of a table under its heading, row and column, each other line as it is. */
function saying(text: string): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  let heading = "";
  let head: readonly string[] = [];
  for (const written of text.split("\n")) {
    if (written.startsWith("#")) [heading, head] = [written, []];
    const cells = written.split("|").slice(1, -1);
    if (!written.startsWith("|")) all.set(written, "");
    else if (head.length === 0) head = cells;
    else
      for (const [at, cell] of cells.entries())
        if (cell.trim() !== "") all.set(`${heading}, ${cells[0]?.trim()}, ${head[at]?.trim()}`, cell.trim());
  }
  return all;
}

/** What a document says and the written one does not: cells that were not tried say nothing. */
export function contradictions(drawn: string, written: string): readonly string[] {
  const known = saying(written);
  return [...saying(drawn)].filter(([what, said]) => known.get(what) !== said).map((pair) => pair.join(": "));
}

/** The section of the Python client, which is made where there is one. */
export const pythonSection = (cells: readonly Cell[], expected: readonly Expected[]): string =>
  [
    PYTHON_HEADING,
    "",
    "Made on a machine with Python; the test compares it where there is one, and says by name where there is none.",
    "",
    ...results(cells, expected, "###"),
  ].join("\n");
