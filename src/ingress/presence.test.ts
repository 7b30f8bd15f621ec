import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import type { Principal } from "../call/principal.ts";
import { presence } from "./presence.ts";

const until = (expires: number): Principal =>
  ({ id: "ana", tenant: "acme", expires }) as unknown as Principal;
const who = (credential?: string): Principal =>
  ({ id: "ci", tenant: "acme", credential }) as unknown as Principal;

/** A response as far as it is cut off. */
function answer(destroyed = false): ServerResponse & { destroyed: boolean } {
  const response = new EventEmitter() as unknown as ServerResponse & { destroyed: boolean };
  response.destroyed = destroyed;
  response.destroy = () => {
    response.destroyed = true;
    response.emit("close");
    return response;
  };
  return response;
}

test("what is open for a credential is cut off with it, and nothing else", () => {
  const here = presence();
  const [one, two, other, nobodys] = [answer(), answer(), answer(), answer()];
  here.note(who("a"), one);
  here.note(who("a"), two);
  here.note(who("b"), other);
  here.note(who(), nobodys);
  expect([...here.open()].toSorted()).toEqual(["a", "acme/ci", "b"]);
  here.end("a");
  expect([one, two, other, nobodys].map(({ destroyed }) => destroyed)).toEqual([true, true, false, false]);
  expect([...here.open()].toSorted()).toEqual(["acme/ci", "b"]);
  here.end("acme/ci");
  expect([other, nobodys].map(({ destroyed }) => destroyed)).toEqual([true, true]);
  expect([...here.open()]).toEqual([]);
});

test("what has ended is not kept, and neither is what ended before it was known whose it is", () => {
  const here = presence();
  const one = answer();
  here.note(who("a"), one);
  one.emit("close");
  here.note(who("b"), answer(true));
  expect([...here.open()]).toEqual([]);
});

test("what was opened with a token is cut off when that ends", () => {
  const here = presence();
  const [soon, later, nobodys, gone] = [answer(), answer(), answer(), answer()];
  here.note(until(1_000), soon);
  here.note(until(2_000), later);
  here.note(who(), nobodys);
  here.note(until(1_000), gone);
  gone.emit("close");
  here.expire(999);
  expect(soon.destroyed).toBe(false);
  here.expire(1_000);
  expect([soon, later, nobodys, gone].map(({ destroyed }) => destroyed)).toEqual([true, false, false, false]);
});
