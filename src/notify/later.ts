import type { Refusal } from "../call/verdict.ts";
import type { Mailroom } from "./mailroom.ts";

/** When a gate that was configured begins to send what waits, so that it starts no later for it. */
const SOON_MS = 1000;

/** Whether somebody is told of what is on hold. */
function isTold(refusal: Refusal): boolean {
  return refusal.kind === "hold" && refusal.asks.some(({ notify }) => notify.length > 0);
}

/**
 * A mailroom that is opened when it has something to do: most processes never tell anybody. `soon`: even where nobody hands
 * anything in, because others put letters into the outbox; `alerts`: whether calls are told of. `failed` hears where it
 * cannot be opened; what was to be told is lost then, and the next is tried again.
 */
export function mailroomLater(
  load: () => Promise<Mailroom>,
  soon: boolean,
  alerts: boolean,
  failed: (reason: unknown) => void,
): Mailroom {
  let opening: Promise<Mailroom | undefined> | undefined;
  let opened: Mailroom | undefined;
  const mailroom = (): Promise<Mailroom | undefined> =>
    (opening ??= load().then(
      (ready) => (opened = ready),
      (reason: unknown) => {
        opening = undefined;
        failed(reason);
        return undefined;
      },
    ));
  const first = soon ? setTimeout(() => void mailroom(), SOON_MS).unref() : undefined;
  const pass = (work: (ready: Mailroom) => void): void => {
    if (opened !== undefined) return work(opened);
    void mailroom().then((ready) => ready && work(ready));
  };
  return {
    tell: (letters) => pass((ready) => ready.tell(letters)),
    wake: () => pass((ready) => ready.wake()),
    happened(happening) {
      if (opened !== undefined) return opened.happened(happening);
      if (alerts) pass((ready) => void ready.happened(happening));
      return alerts;
    },
    refused(call, refusal) {
      if (alerts || isTold(refusal)) pass((ready) => ready.refused(call, refusal));
    },
    limits(call, notices) {
      if (alerts) pass((ready) => ready.limits(call, notices));
    },
    async close() {
      clearTimeout(first);
      await (await opening)?.close();
    },
  };
}
