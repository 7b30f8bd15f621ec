import { isObject, type Json, type JsonObject, member } from "../../call/json.ts";
import type { Listener } from "../../upstream/leg.ts";
import { frameOf } from "../../wire/frame.ts";
import { META } from "../../wire/revision.ts";
import type { Asking } from "../addresses/address.ts";

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";
/** How long a server may keep the others' acknowledgements waiting. */
const ACK_MS = 5000;

/**
 * Makes one acknowledgement of those of several servers, and says it before anything else: each server is held back
 * until all have acknowledged, or have had their time.
 */
export function acknowledgements(
  { listener, message }: Pick<Asking, "listener" | "message">,
  servers: readonly string[],
) {
  const missing = new Set(servers);
  const honoured: JsonObject[] = [];
  let said = false;
  let open: () => void = () => undefined;
  /** What comes early waits at its server, so that nothing has to be kept here. */
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const late = setTimeout(() => say(), ACK_MS);

  function say(): void {
    if (said) return;
    said = true;
    clearTimeout(late);
    const params = { notifications: honoured.reduce(unite, {}), _meta: { [META.subscription]: message.id } };
    void listener({ frame: frameOf({ kind: "notification", method: ACKNOWLEDGED, params }) });
    open();
  }

  function settle(server: string, notifications: JsonObject): void {
    if (!missing.delete(server)) return;
    honoured.push(notifications);
    if (missing.size === 0) say();
  }

  return {
    settle,
    close() {
      clearTimeout(late);
      open();
    },
    listener:
      (server: string): Listener =>
      (beat) => {
        const heard = beat.frame?.message;
        if (heard?.kind === "notification" && heard.method === ACKNOWLEDGED) {
          const notifications = member(heard.params, "notifications");
          return settle(server, isObject(notifications) ? notifications : {});
        }
        if (said) return listener(beat);
        // A keep-alive may come before the acknowledgement, which must not wait for it.
        if (heard === undefined) return undefined;
        return opened.then(() => (said ? listener(beat) : undefined));
      },
  };
}

/** What any server honours is honoured. */
function unite(have: JsonObject, more: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...have };
  for (const [key, value] of Object.entries(more)) {
    const old = merged[key];
    merged[key] =
      Array.isArray(old) && Array.isArray(value) ? [...new Set([...old, ...value])] : old === true || value;
  }
  return merged;
}
