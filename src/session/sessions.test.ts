import { describe, expect, test } from "vitest";
import type { Fault } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import { Sessions } from "./sessions.ts";

const ana: Principal = { id: "ana", tenant: "acme", roles: [], scopes: [], source: "anonymous" };
const codeOf = (attempt: () => unknown): string => {
  try {
    attempt();
    return "none";
  } catch (error) {
    return (error as Fault).code;
  }
};

function started(limits = { sessions: 2, session_idle_ms: 1000 }) {
  const clock = { now: 0 };
  const ended: string[] = [];
  const sessions = new Sessions<string>(
    limits,
    () => clock.now,
    (value) => ended.push(value),
  );
  return { clock, ended, sessions };
}

describe("a session", () => {
  test("is found by who opened it, where it was opened, and by nobody else", () => {
    const { sessions } = started();
    const { id } = sessions.open(ana, "files", () => "one");
    expect(sessions.find(id, ana, "files").value).toBe("one");
    for (const other of [
      () => sessions.find(id, { ...ana, id: "bob" }, "files"),
      () => sessions.find(id, { ...ana, tenant: "other" }, "files"),
      () => sessions.find(id, ana, ""),
      () => sessions.find("nonsense", ana, "files"),
    ]) {
      expect(codeOf(other)).toBe("session-unknown");
    }
    expect(codeOf(() => sessions.find(undefined, ana, "files"))).toBe("session-missing");
  });

  test("has an id that says nothing and does not repeat", () => {
    const { sessions } = started({ sessions: 100, session_idle_ms: 1 });
    const ids = Array.from({ length: 100 }, () => sessions.open(ana, "", () => "x").id);
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  test("ends when it is closed, once, and is then unknown", () => {
    const { sessions, ended } = started();
    const { id } = sessions.open(ana, "", () => "one");
    sessions.close(id);
    sessions.close(id);
    expect(ended).toEqual(["one"]);
    expect(codeOf(() => sessions.find(id, ana, ""))).toBe("session-unknown");
  });

  test("goes where all are taken, for somebody who has fewer: that of whoever has the most, in use or not", () => {
    const { sessions, ended, clock } = started({ sessions: 3, session_idle_ms: 1000 });
    const [first] = ["one", "two", "three"].map((value) => sessions.open(ana, "", () => value));
    sessions.hold(first?.id ?? "");
    clock.now = 1;
    expect(codeOf(() => sessions.open(ana, "", () => "four"))).toBe("too-many");
    sessions.open({ ...ana, tenant: "globex" }, "", () => "other");
    expect(ended).toEqual(["two"]);
    expect(codeOf(() => sessions.open({ ...ana, tenant: "globex" }, "", () => "more"))).toBe("too-many");
    sessions.open({ ...ana, id: "bo" }, "", () => "bo's");
    expect(ended).toEqual(["two", "three"]);
  });

  test("ends with the last of the tokens that came with it", () => {
    const { sessions, ended } = started();
    const of = (expires: number): Principal => ({ ...ana, source: "token", expires });
    const { id } = sessions.open(of(1_000), "", () => "one");
    sessions.open(ana, "", () => "nobody's");
    sessions.find(id, of(3_000), "");
    sessions.find(id, of(2_000), "");
    sessions.expire(2_999);
    expect(ended).toEqual([]);
    sessions.expire(3_000);
    expect(ended).toEqual(["one"]);
  });

  test("idles out unless something is under way", () => {
    const { sessions, ended, clock } = started();
    sessions.open(ana, "", () => "idle");
    const busy = sessions.open(ana, "", () => "busy");
    const release = sessions.hold(busy.id);
    clock.now = 5000;
    sessions.sweep();
    expect(ended).toEqual(["idle"]);
    release();
    clock.now = 5500;
    sessions.sweep();
    expect(ended).toEqual(["idle"]);
    clock.now = 7000;
    sessions.sweep();
    expect(ended).toEqual(["idle", "busy"]);
  });

  test("beyond the bound is refused, after idle ones made room", () => {
    const { sessions, clock, ended } = started();
    sessions.open(ana, "", () => "one");
    sessions.open(ana, "", () => "two");
    expect(codeOf(() => sessions.open(ana, "", () => "three"))).toBe("too-many");
    clock.now = 2000;
    sessions.open(ana, "", () => "four");
    expect(ended).toEqual(["one", "two"]);
  });
});
