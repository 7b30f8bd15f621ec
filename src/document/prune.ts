import type { z } from "zod";
import type { JsonPath } from "../call/json.ts";
import { type Remark, remarksOf } from "./issues.ts";

/** A document less what has the wrong shape, so that the rest can still be checked for what it means. */
export interface Pruned<T> {
  readonly value: T;
  /** What was wrong with the shape, of the document as it was. */
  readonly remarks: readonly Remark[];
  /** What was cut out, by its path as it was written. */
  readonly cuts: readonly JsonPath[];
  /** Where something of `value` stands in what was written: entries of lists may have moved up. */
  readonly written: (path: JsonPath) => JsonPath;
}

/** Every cut can make something above it wrong in turn, and a document is not deeper than this. */
const ROUNDS = 64;

type Branch = Record<string | number, unknown>;

function isBranch(value: unknown): value is Branch {
  return typeof value === "object" && value !== null;
}

/** A copy that can be cut, with the places that entries of its lists had. What aliases repeat is there several times. */
function copy(value: unknown, places: WeakMap<object, number[]>): unknown {
  if (!isBranch(value)) return value;
  if (!Array.isArray(value))
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copy(each, places)]));
  const list = value.map((each: unknown) => copy(each, places));
  places.set(
    list,
    list.map((_, index) => index),
  );
  return list;
}

function at(root: unknown, path: JsonPath): unknown {
  return path.reduce((here: unknown, step) => (isBranch(here) ? here[step] : undefined), root);
}

/** Takes out what stands at these paths, all of them as they are before anything is. */
function cut(root: unknown, paths: readonly JsonPath[], places: WeakMap<object, number[]>): void {
  const found = paths.map((path) => ({ within: at(root, path.slice(0, -1)), step: path.at(-1) ?? "" }));
  for (const { within, step } of found.toSorted((a, b) => Number(b.step) - Number(a.step))) {
    if (Array.isArray(within)) {
      within.splice(Number(step), 1);
      places.get(within)?.splice(Number(step), 1);
    } else if (isBranch(within)) delete within[step];
  }
}

/** Checks the shape of a value, and cuts until what is left has it. Undefined value: nothing is left. */
export function prune<S extends z.ZodType>(schema: S, raw: unknown): Pruned<z.output<S> | undefined> {
  const first = schema.safeParse(raw);
  if (first.success) return { value: first.data, remarks: [], cuts: [], written: (path) => path };
  const places = new WeakMap<object, number[]>();
  const rest = copy(raw, places);
  const written = (path: JsonPath): JsonPath => {
    let here: unknown = rest;
    return path.map((step) => {
      const place = Array.isArray(here) ? places.get(here)?.[Number(step)] : undefined;
      here = at(here, [step]);
      return place ?? step;
    });
  };
  const remarks = first.error.issues.flatMap((issue) => remarksOf(issue, schema, raw));
  const cuts: JsonPath[] = [];
  let wrong: readonly JsonPath[] = remarks.map(({ path }) => path);
  for (let round = 0; round < ROUNDS && wrong.every((path) => path.length > 0); round += 1) {
    const distinct = [...new Map(wrong.map((path) => [JSON.stringify(path), path])).values()];
    cuts.push(...distinct.map(written));
    cut(rest, distinct, places);
    const read = schema.safeParse(rest);
    if (read.success) return { value: read.data, remarks, cuts, written };
    wrong = read.error.issues.flatMap((issue) => remarksOf(issue, schema, rest)).map(({ path }) => path);
  }
  return { value: undefined, remarks, cuts, written };
}

/** Whether something was cut out at or below a path: what seems to be missing there may be what was cut. */
export function isCut(cuts: readonly JsonPath[], path: JsonPath): boolean {
  return cuts.some((each) => path.every((step, index) => each[index] === step));
}
