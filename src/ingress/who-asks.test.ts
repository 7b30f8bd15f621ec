import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, test } from "vitest";
import type { Principal } from "../call/principal.ts";
import { whoAsks } from "./who-asks.ts";

const ANA = { id: "ana", tenant: "acme" } as Principal;
const AT = { host: "127.0.0.1", port: 0 };
const response = {} as ServerResponse;

/** A door at which `changes` times somebody is taken back between the look at them and the note that they are here. */
function door(changes: number) {
  const done: string[] = [];
  let seen = 0;
  let left = changes;
  return {
    done,
    at: AT,
    presence: { note: (): void => void done.push("noted") },
    identity: {
      seen: () => seen,
      holds: (_: Principal, since: number) => since === seen,
      async identify() {
        done.push("looked");
        await Promise.resolve();
        if (left-- > 0) seen += 1;
        return ANA;
      },
    },
  };
}
const request = (headers = {}) => ({ headers }) as IncomingMessage;

test("who was taken back while it was found out who they are is looked at again, once they are noted", async () => {
  const at = door(1);
  expect(await whoAsks(at, request(), response)).toBe(ANA);
  expect(at.done).toEqual(["looked", "noted", "looked", "noted"]);
});

test("where that does not come to an end nobody is let in, and a proof is not shown twice", async () => {
  await expect(whoAsks(door(99), request(), response)).rejects.toThrow("Ask again.");
  const proven = door(1);
  await expect(whoAsks(proven, request({ dpop: "x" }), response)).rejects.toThrow("Ask again.");
  expect(proven.done).toEqual(["looked", "noted"]);
});

test("who is known at once is asked nothing more", async () => {
  const at = door(0);
  expect(
    await whoAsks({ ...at, identity: { ...at.identity, identify: () => ANA } }, request(), response),
  ).toBe(ANA);
});
