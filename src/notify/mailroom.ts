import type { Notifications } from "../config/notifications.ts";
import { type Letter, letterRow, type Outbox } from "../store/outbox.ts";
import type { Log } from "../telemetry/log.ts";
import { alerting, type Alerts, type Happening, limitHappening, refusedHappening } from "./alerts.ts";
import { sender, type SenderBounds } from "./sender.ts";
import { sending, type SendPorts } from "./send.ts";

/** Where everything that somebody should be told is handed in. */
export interface Mailroom extends Alerts {
  /** Puts letters into the outbox soon and sends them. Neither waits nor throws. */
  readonly tell: (letters: readonly Letter[]) => void;
  /** Letters were put into the outbox by somebody else's transaction: send them now. */
  readonly wake: () => void;
  /** Something that alerts may be about. Gives whether anybody is told of it now. */
  readonly happened: (happening: Happening) => boolean;
  /** Keeps what was told, sends what is due once more for a bounded time, then stops. */
  readonly close: () => Promise<void>;
}

export interface MailroomPorts extends SendPorts {
  readonly outbox: Outbox;
  readonly log: Pick<Log, "warn" | "error">;
}

/** Letters may lie so long, so that many are put at once. */
const LINGER_MS = 50;
/** The store is asked again so long after it took nothing. */
const AGAIN_MS = 1000;
/** What may wait to be put while the store takes nothing; and what may wait in it to be sent. */
const PENDING_MOST = 1000;
const WAITING_MOST = 10_000;

interface Tray {
  readonly put: (letters: readonly Letter[]) => void;
  /** Resolves when everything is in the outbox, or is lost because it could not be put. Never rejects. */
  readonly empty: () => Promise<void>;
}

/** Those that the outbox can hold; a mistake of whoever wrote one must not keep the others out. */
function sound(letters: readonly Letter[], log: MailroomPorts["log"]): readonly Letter[] {
  return letters.filter((letter) => {
    try {
      letterRow(letter);
      return true;
    } catch (error) {
      log.error(
        { notice: letter.id, topic: letter.topic, why: (error as Error).message },
        "a notice is too large",
      );
      return false;
    }
  });
}

/** Gathers letters, and puts them into the outbox together; again and again where the store does not take them. */
function tray({ outbox, log }: MailroomPorts, wake: () => void): Tray {
  let pending: readonly Letter[] = [];
  let emptying: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last = false;

  const lose = (letters: number, why: string): void =>
    log.error({ notices: letters, why }, "notices could not be kept, and are lost");
  const flush = async (): Promise<void> => {
    const letters = pending;
    pending = [];
    try {
      if ((await outbox.waiting()) + letters.length > WAITING_MOST)
        return lose(letters.length, `${WAITING_MOST} wait to be sent already`);
      await outbox.put(letters);
      wake();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (last) return lose(letters.length, why);
      log.warn({ notices: letters.length, why }, "notices cannot be kept yet");
      pending = [...letters, ...pending];
      timer ??= setTimeout(() => void empty(), AGAIN_MS).unref();
    }
  };
  const empty = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    await emptying;
    if (pending.length === 0) return;
    emptying = flush();
    await emptying;
    emptying = undefined;
  };
  return {
    put(letters) {
      const well = sound(letters, log);
      const room = Math.max(0, PENDING_MOST - pending.length);
      if (well.length > room) lose(well.length - room, "the store does not take any");
      pending = [...pending, ...well.slice(0, room)];
      if (pending.length > 0) timer ??= setTimeout(() => void empty(), LINGER_MS).unref();
    },
    async empty() {
      last = true;
      await empty();
    },
  };
}

/** Opens the mailroom: it sends at once what waits from before. */
export function openMailroom(
  notifications: Notifications,
  ports: MailroomPorts,
  bounds: Partial<SenderBounds> = {},
): Mailroom {
  const { outbox, log, now } = ports;
  const out = sender({ outbox, log, now, chance: Math.random, send: sending(notifications, ports) }, bounds);
  const into = tray(ports, out.wake);
  const lettersOf = alerting(notifications.alerts);
  const happened = (happening: Happening): boolean => {
    const letters = lettersOf(happening, now());
    if (letters.length > 0) into.put(letters);
    return letters.length > 0;
  };
  return {
    tell: into.put,
    wake: out.wake,
    happened,
    refused(call, refusal) {
      // Whoever is asked was written to in the transaction that put the question on record.
      if (refusal.kind === "hold") out.wake();
      const happening = refusedHappening(call, refusal);
      if (happening !== undefined) happened(happening);
    },
    limits(call, notices) {
      for (const notice of notices) happened(limitHappening(call, notice));
    },
    async close() {
      await into.empty();
      await out.close();
      await ports.outbound.close();
    },
  };
}
