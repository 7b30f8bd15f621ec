import { KEPT_MS, type Posted } from "../store/outbox.ts";
import { delivery, type DeliveryPorts } from "./delivery.ts";

export interface SenderBounds {
  readonly look_ms: number;
  /** Longer than any sending takes. */
  readonly lease_ms: number;
  readonly send_ms: number;
  /** How long the end waits for what is under way. */
  readonly drain_ms: number;
}
const BOUNDS: SenderBounds = { look_ms: 1000, lease_ms: 60_000, send_ms: 30_000, drain_ms: 3000 };
const AT_ONCE = 8;
const SWEEP_MS = 3_600_000;

/** Sends what is due in the outbox, whoever put it there. */
export interface Sender {
  /** Something is due: look now. */
  readonly wake: () => void;
  /** Sends what is due once more, for a bounded time, then stops; what is not sent by then stays for the next process. */
  readonly close: () => Promise<void>;
}

/** Takes as many letters as may be under way, gives each to `begin`, and forgets old ones now and then. Never rejects. */
function looking(
  { outbox, log, now }: DeliveryPorts,
  lease_ms: number,
  begin: (letter: Posted) => void,
): (room: number) => Promise<void> {
  let trouble = "";
  let swept = now();
  return async (room) => {
    try {
      const letters = room > 0 ? await outbox.take(now(), room, lease_ms) : [];
      for (const letter of letters) begin(letter);
      if (now() - swept > SWEEP_MS) {
        swept = now();
        await outbox.sweep(now() - KEPT_MS);
      }
      trouble = "";
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (trouble !== reason) log.warn({ reason }, "notices that wait cannot be read");
      trouble = reason;
    }
  };
}

/**
 * Looks again and again for letters that are due, and sends several at once. A channel that fails rests, and cannot keep
 * the others waiting. Nothing of this rejects: what goes wrong is logged, and tried again.
 */
export function sender(ports: DeliveryPorts, bounds: Partial<SenderBounds> = {}): Sender {
  const { look_ms, lease_ms, send_ms, drain_ms } = { ...BOUNDS, ...bounds };
  const underWay = new Set<Promise<void>>();
  const ending = new AbortController();
  const deliver = delivery(ports, send_ms, ending.signal);
  const look = looking(ports, lease_ms, (letter) => {
    const work = deliver(letter)
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        ports.log.warn({ notice: letter.id, reason }, "what became of a notice could not be kept");
      })
      .finally(() => {
        underWay.delete(work);
        wake();
      });
    underWay.add(work);
  });
  let stopped = false;
  let again = false;
  let underLook: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const turn = (): void => {
    clearTimeout(timer);
    again = false;
    underLook = look(AT_ONCE - underWay.size).finally(() => {
      underLook = undefined;
      if (stopped) return;
      if (again) turn();
      else timer = setTimeout(turn, look_ms).unref();
    });
  };
  function wake(): void {
    again = true;
    if (underLook === undefined && !stopped) turn();
  }
  turn();

  return {
    wake,
    async close() {
      stopped = true;
      clearTimeout(timer);
      await underLook;
      await look(AT_ONCE - underWay.size);
      const cut = setTimeout(() => ending.abort(), drain_ms);
      await Promise.all(underWay);
      clearTimeout(cut);
    },
  };
}
