import type { Obstacle } from "../unavailable.ts";

/** https://sqlite.org/rescode.html, the low byte. */
const OBSTACLES: Readonly<Record<number, Obstacle | "row">> = {
  5: "locked",
  6: "locked",
  8: "read-only",
  11: "damaged",
  13: "full",
  14: "gone",
  18: "row",
  19: "row",
  20: "row",
  26: "damaged",
};

/** What an error of SQLite means; `row`: the database would never take it. */
export function obstacleOf(error: unknown): Obstacle | "row" {
  const code =
    error instanceof Error && "errcode" in error && typeof error.errcode === "number"
      ? error.errcode & 0xff
      : 0;
  return OBSTACLES[code] ?? "io";
}
