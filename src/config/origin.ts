import type { JsonPath } from "../call/json.ts";
import type { Problem } from "../document/problem.ts";
import type { Where } from "../document/read.ts";

/** Where values came from, so that what is wrong with one is said of its file and line, its variable or its flag. */
export interface Origin {
  problem(path: JsonPath, message: string, hint?: string, where?: Where): Problem;
}

/** What loading has found so far: problems stop it at its end, notes do not. */
export interface Findings {
  readonly problems: Problem[];
  readonly notes: Problem[];
}
