import type { Call } from "../call/call.ts";
import type { JsonObject } from "../call/json.ts";
import { chain, type Chain } from "../pipeline/decide.ts";
import type { Stage } from "../pipeline/stage.ts";
import { argumentsFit } from "./arguments.ts";
import { type Confines, credential } from "./credential.ts";
import type { SchemaCheck } from "./schema.ts";
import { type Sight, visibility } from "./visibility.ts";

/** What passes through the gate, by the stages it needs. */
export type Column =
  | "tools/call"
  | "prompts/get"
  | "resources/read"
  | "other"
  | "lists"
  | "asides"
  | "answers";
const COLUMNS: readonly Column[] = [
  "tools/call",
  "prompts/get",
  "resources/read",
  "other",
  "lists",
  "asides",
  "answers",
];

/** `B` before the call leaves, `A` after something came back, `_` not at all. */
type Turn = "B" | "A" | "BA" | "_";

export type Order = Readonly<Record<Column, Chain>>;

/** What the stages look things up in. */
export interface Sources extends Sight {
  /** Absent: whoever asks has no credential that could confine anything. */
  readonly confines?: Confines | undefined;
  readonly inputSchemaOf: (call: Call) => JsonObject | undefined;
  readonly check: SchemaCheck;
  /** Absent: no guard runs. */
  readonly guards?: Stage | undefined;
}

/** How the stage of guards is called in trails. */
export const GUARDS = "guards";

/** What runs when: the one table. The judge follows every B; it is no row, because it is not optional. */
export function order(sources: Sources): Order {
  // biome-ignore format: one line a stage
  return table([
    //                                             tools/call  prompts/get  resources/read  other  lists  asides  answers
    ...row(sources.confines && credential(sources.confines), "B",        "B",          "B",            "B",   "A",   "A",    "_"),
    [visibility(sources),                                "B",        "B",          "BA",      "BA",  "A",   "A",    "_"],
    [argumentsFit(sources.inputSchemaOf, sources.check), "B",        "_",          "_",       "_",   "_",   "_",    "_"],
    ...row(sources.guards,                               "BA",       "BA",         "BA",      "BA",  "A",   "A",    "B"),
  ]);
}

/** No line for a stage that would have nothing to do. */
function row(stage: Stage | undefined, ...turns: Tail<Row>): readonly Row[] {
  return stage === undefined ? [] : [[stage, ...turns]];
}

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer R] ? R : never;
type Row = readonly [Stage, Turn, Turn, Turn, Turn, Turn, Turn, Turn];

function table(rows: readonly Row[]): Order {
  const column = (at: number): readonly Stage[] =>
    rows.flatMap(([{ name, broken, before, after }, ...turns]) => {
      const turn = turns[at] ?? "_";
      if (turn === "_") return [];
      return [
        {
          name,
          broken,
          ...(before && turn.includes("B") && { before }),
          ...(after && turn.includes("A") && { after }),
        },
      ];
    });
  return Object.fromEntries(COLUMNS.map((name, at) => [name, chain(column(at))])) as unknown as Order;
}

/** The same where nothing is refused: of what comes back, only guards look at it, and for the record. */
export function watching(all: Order): Order {
  const seeing = (chain: Chain): Chain => ({
    ...chain,
    after: chain.after.filter(({ name }) => name === GUARDS),
  });
  return Object.fromEntries(COLUMNS.map((name) => [name, seeing(all[name])])) as unknown as Order;
}

/** The column of a judged method. */
export function columnOf(method: string): Column {
  switch (method) {
    case "tools/call":
    case "prompts/get":
    case "resources/read":
      return method;
    default:
      return "other";
  }
}
