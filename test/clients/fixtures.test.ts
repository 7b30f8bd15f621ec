import { describe, expect, test } from "vitest";
import { CLIENTS } from "../../src/clients/client.ts";
import { type FoundFile, listsIn } from "../../src/clients/find.ts";
import { gateEntry, planConnect, planDisconnect } from "../../src/clients/gate.ts";
import type { Plan } from "../../src/clients/plan.ts";
import { planUnwrap } from "../../src/clients/plan-unwrap.ts";
import { planWrap } from "../../src/clients/plan-wrap.ts";
import { blankRecord, type FileRecord } from "../../src/clients/records.ts";
import { fileOf, FIXTURES, type Fixture, wrapperOn } from "./fixtures.ts";

const BLANK = blankRecord("/home/ana/file");

/** The file after a plan. */
function after({ client }: Fixture, { file, text }: Plan): FoundFile {
  return fileOf(client, `${file.mark}${text ?? ""}`);
}

function bytesOf({ file, text }: Plan): string {
  return `${file.mark}${text ?? ""}`;
}

function wrapped(fixture: Fixture, file = fileOf(fixture.client, fixture.bytes), was = BLANK): Plan {
  return planWrap(file, was, wrapperOn(fixture.system), false);
}

function connected(fixture: Fixture, file = fileOf(fixture.client, fixture.bytes), was = BLANK): Plan {
  const words = [
    ...wrapperOn(fixture.system).launcher,
    "proxy",
    "--config",
    "/home/ana/gate/portcullis.yaml",
  ];
  return planConnect(file, was, gateEntry(fixture.client, { url: "http://127.0.0.1:8090/mcp", words }));
}

test("every client has a fixture, and every system", () => {
  expect(new Set(FIXTURES.map(({ client }) => client.id))).toEqual(new Set(CLIENTS.map(({ id }) => id)));
  expect(new Set(FIXTURES.map(({ system }) => system))).toEqual(new Set(["linux", "darwin", "win32"]));
});

describe.each(FIXTURES)("$name", (fixture) => {
  const before = fixture.bytes.toString("utf8");

  test("wrapped is as it is written down", async () => {
    const plan = wrapped(fixture);
    await expect(bytesOf(plan)).toMatchFileSnapshot(`${fixture.folder}/wrapped.${fixture.extension}`);
    const servers = listsIn(plan.file.place, fixture.client, after(fixture, plan).root).flatMap(
      (list) => list.servers,
    );
    expect(servers.filter((server) => server.kind === "program" && !server.wrapped)).toEqual([]);
  });

  test("its lines go on ending as they did", () => {
    const lone = /(?<!\r)\n/;
    for (const plan of [wrapped(fixture), connected(fixture)])
      if (before.includes("\r\n")) expect(bytesOf(plan)).not.toMatch(lone);
      else expect(bytesOf(plan)).not.toContain("\r");
  });

  test("wrapped and unwrapped is what it was, to the byte", () => {
    const plan = wrapped(fixture);
    const back = planUnwrap(after(fixture, plan), plan.record);
    expect(bytesOf(back)).toBe(before);
    expect(back.record).toEqual(BLANK);
    expect(back.steps.flatMap(({ note }) => note ?? [])).toEqual([]);
  });

  test("wrapped twice is wrapped once", () => {
    const once = wrapped(fixture);
    const twice = wrapped(fixture, after(fixture, once), once.record);
    expect(bytesOf(twice)).toBe(bytesOf(once));
    expect(twice.record).toEqual(once.record);
    expect(twice.steps.every(({ kind }) => kind === "none")).toBe(true);
  });

  test("wrapped by an older installation is wrapped anew, and still taken back to the byte", () => {
    const old = planWrap(
      fileOf(fixture.client, fixture.bytes),
      BLANK,
      { ...wrapperOn(fixture.system), launcher: ["/old/node", "/old/portcullis.js"] },
      false,
    );
    const now = wrapped(fixture, after(fixture, old), old.record);
    expect(bytesOf(now)).toBe(bytesOf(wrapped(fixture)));
    expect(bytesOf(planUnwrap(after(fixture, now), now.record))).toBe(before);
  });

  test("without its record it is unwrapped by its words", () => {
    const plan = wrapped(fixture);
    const back = planUnwrap(after(fixture, plan), BLANK);
    const commands = (file: FoundFile): unknown =>
      listsIn(file.place, fixture.client, file.root).flatMap(({ servers }) =>
        servers.map(({ entry }) => entry.words?.filter((word) => word !== "cmd" && word !== "/c")),
      );
    expect(commands(after(fixture, back))).toEqual(commands(fileOf(fixture.client, fixture.bytes)));
  });

  test("connected is as it is written down", async () => {
    await expect(bytesOf(connected(fixture))).toMatchFileSnapshot(
      `${fixture.folder}/connected.${fixture.extension}`,
    );
  });

  test("connected and disconnected is what it was, to the byte", () => {
    const plan = connected(fixture);
    const back = planDisconnect(after(fixture, plan), plan.record);
    expect(bytesOf(back)).toBe(before);
    expect(back.record).toEqual(BLANK);
  });

  test("connected twice is connected once", () => {
    const once = connected(fixture);
    expect(bytesOf(connected(fixture, after(fixture, once), once.record))).toBe(bytesOf(once));
  });

  test.each([
    ["wrap", "connect", "unwrap", "disconnect"],
    ["connect", "wrap", "unwrap", "disconnect"],
    ["wrap", "connect", "disconnect", "unwrap"],
    ["connect", "wrap", "disconnect", "unwrap"],
  ] as const)("%s, %s, %s, %s: what it was, to the byte", (...order) => {
    const DO = {
      wrap: (file: FoundFile, was: FileRecord) => wrapped(fixture, file, was),
      connect: (file: FoundFile, was: FileRecord) => connected(fixture, file, was),
      unwrap: planUnwrap,
      disconnect: planDisconnect,
    };
    let file = fileOf(fixture.client, fixture.bytes);
    let record: FileRecord = BLANK;
    for (const step of order) {
      const plan = DO[step](file, record);
      ({ record } = plan);
      file = after(fixture, plan);
    }
    expect(`${file.mark}${file.text}`).toBe(before);
    expect(record).toEqual(BLANK);
  });
});
