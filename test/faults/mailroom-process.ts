// A process that tells a Teams channel something and never comes to hear what became of it.
import { noticeId } from "../../src/call/id.ts";
import { NO_NOTIFICATIONS } from "../../src/config/config.ts";
import { openMailroom } from "../../src/notify/mailroom.ts";
import { openOutbound } from "../../src/outbound/outbound.ts";
import { openStore } from "../../src/store/open.ts";
import { openLog } from "../../src/telemetry/log.ts";

const [, , path = "", url = ""] = process.argv;
const { outbox } = await openStore({ kind: "sqlite", path });
const ports = { outbox, outbound: openOutbound(["127.0.0.1"]), log: openLog(), now: Date.now };
const mailroom = openMailroom({ ...NO_NOTIFICATIONS, teams: { ops: url } }, ports);
const at = Date.now();
const data = { why: "No." };
mailroom.tell([
  { id: noticeId(at), tenant: "default", at, topic: "violation", about: "call_1", to: "teams://ops", data },
]);
setInterval(() => undefined, 1000);
