import { expect, test } from "vitest";
import type { JsonObject } from "../../call/json.ts";
import type { Beat } from "../../upstream/leg.ts";
import { frameOf } from "../../wire/frame.ts";
import { acknowledgements } from "./acknowledge.ts";

const message = { kind: "request", id: 1, method: "subscriptions/listen", params: {} } as const;
const ACK = "notifications/subscriptions/acknowledged";
const say = (method: string, params: JsonObject = {}): Beat => ({
  frame: frameOf({ kind: "notification", method, params }),
});

test("servers are held back until all have acknowledged, and nothing is kept for them", async () => {
  const heard: string[] = [];
  const listener = ({ frame }: Beat): void => {
    if (frame !== undefined && "method" in frame.message) heard.push(frame.message.method);
  };
  const acks = acknowledgements({ listener, message }, ["one", "two"]);
  const [one, two] = [acks.listener("one"), acks.listener("two")];
  expect(two({ comment: "keep-alive" })).toBeUndefined();
  void one(say(ACK, { notifications: { toolsListChanged: true } }));
  const held = one(say("notifications/tools/list_changed"));
  expect(held).toBeInstanceOf(Promise);
  expect(heard).toEqual([]);
  void two(say(ACK));
  await held;
  expect(heard).toEqual([ACK, "notifications/tools/list_changed"]);
  acks.close();
});

test("what was held back for a client that left is given to nobody", async () => {
  const heard: Beat[] = [];
  const acks = acknowledgements({ listener: (beat) => void heard.push(beat), message }, ["one", "two"]);
  const held = acks.listener("one")(say("notifications/tools/list_changed"));
  acks.close();
  await held;
  expect(heard).toEqual([]);
});
