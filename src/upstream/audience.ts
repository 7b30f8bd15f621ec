import { cancelled } from "./failure.ts";
import type { Listener } from "./leg.ts";

interface Seat {
  readonly listener: Listener;
  readonly ended: () => void;
}

/** Those who hear what belongs to no request. */
export interface Audience {
  readonly size: number;
  /** Who is told: the newest. */
  readonly newest: Listener | undefined;
  /** Resolves when the leg has ended; rejects with Fault `cancelled` where `signal` fires. `left` runs before either. */
  join(listener: Listener, signal: AbortSignal, left: () => void): Promise<"ended">;
  end(): void;
}

export function audience(server: string): Audience {
  const seats: Seat[] = [];
  return {
    get size() {
      return seats.length;
    },
    get newest() {
      return seats.at(-1)?.listener;
    },
    join: (listener, signal, left) =>
      new Promise((resolve, reject) => {
        const leave = (): void => {
          signal.removeEventListener("abort", aborted);
          seats.splice(seats.indexOf(seat), 1);
          left();
        };
        const aborted = (): void => {
          leave();
          reject(cancelled(server));
        };
        const ended = (): void => {
          leave();
          resolve("ended");
        };
        const seat: Seat = { listener, ended };
        seats.push(seat);
        signal.addEventListener("abort", aborted, { once: true });
      }),
    end() {
      for (const { ended } of seats.slice()) ended();
    },
  };
}
