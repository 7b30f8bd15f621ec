import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { closed, opened } from "../../../test/faults/journal-events.ts";
import { callId } from "../../call/id.ts";
import { sealClosed, sealOpened, unsealClosed, unsealOpened } from "./row.ts";
import type { Subject } from "./sealer.ts";

/** Seals by remembering: what a row holds is not what was sealed. */
function subject(id: string, name: string): Subject {
  const known = new Map<string, string>();
  return {
    id,
    name,
    seal(text) {
      const token = randomBytes(9).toString("hex");
      known.set(token, text);
      return token;
    },
    unseal(token) {
      const text = known.get(token);
      if (text === undefined) throw new Error("another's");
      return text;
    },
    commit: (value) => `commitment ${id} ${value.length}`,
  };
}

const ana = subject("sub_1", "ana@example.com");
const text = fc.string({ unit: "grapheme", minLength: 8, maxLength: 30 }).map((each) => `«${each}»`);
const detail = fc.record({
  mode: fc.constant("enforce"),
  trail: fc.constant([{ stage: "a", said: "pass", us: 3 }]),
  args: fc.dictionary(text, text, { maxKeys: 3 }),
  declared_intent: text,
  anything_new: text,
});

describe("a row", () => {
  test("opens to what it was, and holds nothing of it meanwhile", () => {
    fc.assert(
      fc.property(detail, text, fc.constantFrom("resource", "tool"), (said, target, target_kind) => {
        const event = opened(callId(1), {
          principal: ana.name,
          target,
          target_kind,
          detail: said,
        });
        const kept = sealOpened(event, ana);
        const row = JSON.stringify(kept);
        for (const each of [ana.name, said.declared_intent, said.anything_new, event.args_digest])
          expect(row).not.toContain(JSON.stringify(each).slice(1, -1));
        expect(row.includes(JSON.stringify(target).slice(1, -1))).toBe(target_kind === "tool");
        expect(unsealOpened(kept, ana)).toEqual(event);
      }),
    );
  });

  test("whose key is gone, or is another, says so and keeps what is in clear", () => {
    const event = opened(callId(1), { detail: { mode: "enforce", args: { a: 1 } } });
    const kept = sealOpened(event, ana);
    for (const none of [undefined, subject("sub_1", "ben")])
      expect(unsealOpened(kept, none)).toMatchObject({
        principal: "sub_1",
        detail: { mode: "enforce", erased: true },
      });
    const end = sealClosed(closed(callId(1), { detail: { trail: [], answer: "hello" } }), ana);
    expect(unsealClosed(end, undefined).detail).toEqual({ trail: [], erased: true });
    expect(unsealClosed(end, ana).detail).toEqual({ trail: [], answer: "hello" });
  });

  test("an end with nothing personal in it costs no token", () => {
    const kept = sealClosed(closed(callId(1), { detail: { trail: [], task: "sha256:1" } }), ana);
    expect(kept.detail).toEqual({ trail: [], task: "sha256:1" });
    expect(kept.answer_digest).toMatch(/^commitment/);
    expect(sealClosed(closed(callId(1), { answer_digest: "" }), ana).answer_digest).toBe("");
  });

  test("of the time before is as it is", () => {
    const event = opened(callId(1), { detail: { mode: "enforce", args: { a: 1 } } });
    expect(unsealOpened(event, undefined)).toBe(event);
  });
});
