import type { Log } from "../../../telemetry/log.ts";
import type { Frame } from "../../../wire/frame.ts";
import { cancelled } from "../../failure.ts";
import type { Listener } from "../../leg.ts";
import { waitingRoom } from "../../waiting.ts";

/** Where a legacy client hears what belongs to no request. What comes while it has no stream open waits for one. */
export interface Outlet {
  /** To one stream, the newest: no message may come on two (2025-11-25, transports). A promise holds the server back. */
  deliver(frame: Frame): void | Promise<void>;
  /** Until the client leaves (rejects) or the stream is ended. */
  listen(listener: Listener, signal: AbortSignal): Promise<"ended">;
  /** Ends all streams. */
  end(): void;
}

interface Stream {
  readonly listener: Listener;
  readonly ended: () => void;
}

export function outlet(server: string, log: Log): Outlet {
  const streams: Stream[] = [];
  const waiting = waitingRoom();
  return {
    deliver(frame) {
      const stream = streams.at(-1);
      if (stream !== undefined) return stream.listener({ frame });
      const dropped = waiting.put(frame);
      if (dropped > 0) log.warn({ server, dropped }, "changes that nobody listened for, dropped");
      return undefined;
    },
    listen(listener, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(cancelled(server));
        const leave = (): void => {
          signal.removeEventListener("abort", aborted);
          streams.splice(streams.indexOf(stream), 1);
        };
        const aborted = (): void => {
          leave();
          reject(cancelled(server));
        };
        const ended = (): void => {
          leave();
          resolve("ended");
        };
        const stream: Stream = { listener, ended };
        streams.push(stream);
        signal.addEventListener("abort", aborted, { once: true });
        void listener({});
        for (const frame of waiting.takeAll()) void listener({ frame });
      });
    },
    end() {
      for (const stream of streams.slice()) stream.ended();
    },
  };
}
