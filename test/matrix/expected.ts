import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { OPERATIONS, type Operation } from "./asks.ts";
import { DOORS } from "./gate.ts";
import type { Cell } from "./matrix.ts";

const names = z.array(z.string()).min(1);
const ENTRY = z.strictObject({
  /** Names of rows, clients and doors; all where absent. */
  servers: names.optional(),
  clients: names.optional(),
  doors: z.array(z.enum(DOORS)).min(1).optional(),
  operations: z.array(z.enum(OPERATIONS)).min(1),
  why: z.string().min(20),
});
/** Where a client is expected to see something else through the gate, and why. */
export type Expected = z.output<typeof ENTRY>;

export const expectations = (): readonly Expected[] =>
  z.array(ENTRY).parse(parse(readFileSync(resolve("test/matrix/expected.yaml"), "utf8")));

const among = (list: readonly string[] | undefined, name: string): boolean => list?.includes(name) ?? true;

/** Whether this entry speaks of that operation in that cell. */
export const covers = (
  { servers, clients, doors, operations }: Expected,
  { upstream, client, door }: Cell,
  operation: Operation,
): boolean =>
  among(servers, upstream.name) &&
  among(clients, client) &&
  among(doors, door) &&
  operations.includes(operation);

/** What differs and is not expected to. */
export const unexpected = (cells: readonly Cell[], expected: readonly Expected[]): readonly string[] =>
  cells.flatMap((cell) =>
    cell.differences
      .filter(({ operation }) => !expected.some((entry) => covers(entry, cell, operation)))
      .map(
        ({ operation, direct, gate }) =>
          `${cell.upstream.name}, ${cell.client}, ${cell.door}: ${operation}\n  without: ${short(direct)}\n  through: ${short(gate)}`,
      ),
  );

/** Whether anything was tried that this entry speaks of. */
export const tried = (cells: readonly Cell[], entry: Expected): boolean =>
  cells.some((cell) => entry.operations.some((operation) => covers(entry, cell, operation)));

/** What is expected to differ and no longer does. */
export const stale = (cells: readonly Cell[], expected: readonly Expected[]): readonly string[] =>
  expected
    .filter(
      (entry) =>
        !cells.some((cell) => cell.differences.some(({ operation }) => covers(entry, cell, operation))),
    )
    .map(({ why }) => `expected and no longer so: ${why}`);

const short = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 600);
