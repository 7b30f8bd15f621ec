import { tableFromIPC } from "apache-arrow";
import fc from "fast-check";
import parseSyslog from "nsyslog-parser";
import { readParquet } from "parquet-wasm/node";
import { describe, expect, test } from "vitest";
import { closed, opened } from "../../../test/faults/journal-events.ts";
import { ocsfFaults } from "../../../test/audit/ocsf.ts";
import { actId, callId } from "../../call/id.ts";
import type { JsonObject } from "../../call/json.ts";
import { actEntry, callEntry, type Entry } from "../reading/entry.ts";
import { atomTag, parseAtomTag } from "./atom.ts";
import { cefLine } from "./cef.ts";
import { COLUMNS } from "./columns.ts";
import { CSV_HEAD, csvLines } from "./csv.ts";
import { encoderOf } from "./form.ts";
import { FORMS } from "./forms.ts";
import { guardianLine } from "./guardian.ts";
import { ocsfEvent } from "./ocsf.ts";
import { otlpRequest } from "./otlp.ts";
import { framed, syslogMessage } from "./syslog.ts";

const SOURCE = { version: "1.2.3" };
const text = fc.string({ unit: "binary", maxLength: 30 });
const detail = fc.record(
  {
    intent: fc.constantFrom("read", "write", "delete", "execute", "unknown"),
    why: text,
    approval: text,
    args: fc.dictionary(text, fc.oneof(text, fc.integer())),
    findings: fc.array(
      fc.record({
        guard: text,
        class: fc.constantFrom("pii", "secret"),
        severity: fc.constantFrom("low", "medium", "high", "critical"),
        score: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 2 },
    ),
    trail: fc.array(fc.record({ stage: text, said: text, us: fc.nat() }), { maxLength: 2 }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<unknown> as fc.Arbitrary<JsonObject>;
const at = fc.integer({ min: 1_600_000_000_000, max: 2_000_000_000_000 });
const call: fc.Arbitrary<Entry> = fc
  .record({
    at,
    principal: text,
    client: text,
    server: text,
    target: text,
    target_kind: fc.constantFrom("tool" as const, "prompt" as const, "resource" as const, "none" as const),
    rule: text,
    verdict: fc.constantFrom("allow" as const, "deny" as const, "hold" as const),
    status: fc.constantFrom(undefined, "ok" as const, "error" as const, "denied" as const, "held" as const),
    detail,
  })
  .map(({ status, at: began, ...more }) => {
    const id = callId(began);
    return callEntry({
      tenant: "acme",
      position: 1,
      opened: opened(id, { at: began, ...more }),
      closed: status === undefined ? undefined : closed(id, { at: began + 5, status }),
      status: status ?? "open",
    });
  });
const act: fc.Arbitrary<Entry> = fc
  .record({ at, principal: text, object: text, outcome: fc.constantFrom("ok" as const, "refused" as const) })
  .map(({ at: done, ...more }) =>
    actEntry({
      tenant: "acme",
      position: 1,
      act: { kind: "act", id: actId(done), at: done, action: "key.made", detail: { a: 1 }, ...more },
    }),
  );
const entry = fc.oneof(call, act);
const entries = fc.array(entry, { maxLength: 5 });

function bytesOf(parts: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array)));
}

describe("lines of CEF", () => {
  test("have eight parts and members that come apart again, whatever stands in them", () => {
    fc.assert(
      fc.property(entry, (each) => {
        const line = cefLine(each, SOURCE);
        expect(line).not.toMatch(/[\r\n]/);
        const parts = line.split(/(?<!\\)(?:\\\\)*\|/);
        expect(parts.length).toBeGreaterThanOrEqual(8);
        expect(parts.slice(0, 4)).toEqual(["CEF:0", "Portcullis", "Portcullis", "1.2.3"]);
        const severity = Number(parts[6]);
        expect(severity >= 0 && severity <= 10).toBe(true);
        expect(line).toContain(`externalId=${each.id}`);
      }),
    );
  });

  test("are messages of syslog that another parser reads, in frames that say their length", () => {
    fc.assert(
      fc.property(entry, (each) => {
        const message = syslogMessage(each, cefLine(each, SOURCE), "host ü");
        const read = parseSyslog(message);
        expect(read).toMatchObject({ type: "CEF", appName: "portcullis" });
        expect(read.fields["externalId"]).toBe(each.id);
        const frame = framed(message);
        const space = frame.indexOf(" ");
        expect(Number(frame.subarray(0, space).toString())).toBe(frame.length - space - 1);
      }),
      { numRuns: 50 },
    );
  });

  test("escape what would begin another member", () => {
    const made = callEntry({
      tenant: "acme",
      position: 1,
      opened: opened(callId(1), { principal: "a=b c\\d\nsuser=root", rule: "x|y" }),
      closed: undefined,
      status: "open",
    });
    expect(cefLine(made, SOURCE)).toContain(String.raw`suser=a\=b c\\d\nsuser\=root `);
  });
});

test("events of OCSF are what its schema says", () => {
  fc.assert(
    fc.property(entry, (each) => {
      expect(ocsfFaults(JSON.parse(JSON.stringify(ocsfEvent(each, SOURCE))))).toEqual([]);
    }),
  );
});

test("requests of OTLP have texts for 64-bit integers and nothing that is not in its JSON form", () => {
  fc.assert(
    fc.property(entries, (some) => {
      const request = JSON.parse(JSON.stringify(otlpRequest(some, SOURCE)));
      const [{ scopeLogs }] = request.resourceLogs;
      const { logRecords } = scopeLogs[0];
      expect(logRecords).toHaveLength(some.length);
      for (const record of logRecords) {
        expect(record.timeUnixNano).toMatch(/^\d{19}$/);
        expect(record.severityNumber).toBeLessThanOrEqual(24);
        for (const { value } of record.attributes) expect(Object.keys(value)).toHaveLength(1);
        expect(() => JSON.parse(record.body.stringValue)).not.toThrow();
      }
    }),
    { numRuns: 50 },
  );
});

describe("CSV", () => {
  test("holds nothing that a spreadsheet runs", () => {
    const evil = ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\r=1", "＝1"];
    for (const target of evil) {
      const made = callEntry({
        tenant: "acme",
        position: 1,
        opened: opened(callId(1), { target, principal: target }),
        closed: undefined,
        status: "open",
      });
      const cells = csvLines([made]);
      expect([target, cells.match(/(?:^|,)"?'/g)?.length]).toEqual([target, 2]);
    }
  });

  test("has as many cells in each line as in the first", () => {
    const line = CSV_HEAD.trim().split(",");
    expect(line).toEqual(COLUMNS.map(({ name }) => name));
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 3 }), (some) => {
        // RFC 4180: quotes twice inside quotes.
        const bare = csvLines(some).replaceAll(/"(?:[^"]|"")*"/g, "x");
        for (const each of bare.split("\r\n").slice(0, -1)) expect(each.split(",")).toHaveLength(line.length);
      }),
    );
  });
});

test("Parquet is read by another implementation, value by value, in as many groups as there were portions", async () => {
  const [one, two] = [fc.sample(entry, { numRuns: 7, seed: 1 }), fc.sample(entry, { numRuns: 3, seed: 2 })];
  const { head, add, end } = await encoderOf("parquet", SOURCE);
  const bytes = bytesOf([head, add(one), add([]), add(two), end()]);
  const table = tableFromIPC(readParquet(new Uint8Array(bytes)).intoIPCStream());
  expect(table.numRows).toBe(10);
  const rows = table.toArray().map((row) => row?.toJSON() as Readonly<Record<string, unknown>>);
  for (const [at_, each] of [...one, ...two].entries()) {
    expect(rows[at_]).toMatchObject({ id: each.id, tenant: "acme", kind: each.kind });
    expect(Number(rows[at_]?.["at"])).toBe(each.at);
    if (each.kind === "call") expect(rows[at_]?.["target"]).toBe(each.record.opened.target.toWellFormed());
  }
});

test("tags are the same whenever they are asked for, and lead back", () => {
  fc.assert(
    fc.property(entry, (each) => {
      const tag = atomTag(each);
      expect(tag).toMatch(/^ATOM-[A-Z]+-\d{8}-\d{3}-[a-z0-9]+(?:-[a-z0-9]+)*$/);
      expect(atomTag(each)).toBe(tag);
      const parsed = parseAtomTag(tag);
      expect(each.id.endsWith(parsed?.ends ?? "?")).toBe(true);
      expect(each.at >= (parsed?.since ?? 0) && each.at < (parsed?.until ?? 0)).toBe(true);
    }),
  );
});

test("Guardian's lines have every member, and its words", () => {
  fc.assert(
    fc.property(entry, (each) => {
      const line = guardianLine(each);
      expect(Object.keys(line)).toEqual(
        expect.arrayContaining(["timestamp", "level", "logger", "request_id", "tenant_id", "plugin_results"]),
      );
      expect(["BLOCK", "HOLD", "REDACT", "ALLOW"]).toContain(line["action"]);
      const score = Number(line["security_score"]);
      expect(score >= 0 && score <= 1).toBe(true);
    }),
  );
});

test("every form takes no entries, and some", async () => {
  const some = fc.sample(entry, { numRuns: 4, seed: 3 });
  for (const form of FORMS) {
    const { head, add, end } = await encoderOf(form, SOURCE);
    const whole = bytesOf([head, add([]), add(some), add(some), end()]);
    expect([form, whole.length > 0]).toEqual([form, true]);
    if (form === "json") expect(JSON.parse(whole.toString())).toHaveLength(8);
  }
});
