import { nearest } from "../../document/nearest.ts";
import { Failure } from "../failure.ts";

/** Failure 2 that names the servers there are, and the nearest. */
export function unknownServer(name: string, names: readonly string[]): Failure {
  const near = nearest(name, names);
  const there = names.length === 0 ? "no server is configured" : `there are: ${names.join(", ")}`;
  return new Failure(
    2,
    `no server is called ${JSON.stringify(name)}; ${there}`,
    near === undefined ? "portcullis servers" : `did you mean ${near}?`,
  );
}
