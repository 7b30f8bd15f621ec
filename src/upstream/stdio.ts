import type { Era } from "../call/call.ts";
import type { StdioServer } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";
import { lineSplitter } from "../wire/lines.ts";
import type { Channel } from "./channel.ts";
import { type Child, startChild, type Witness } from "./child.ts";
import { ANSWER_BOUNDS } from "./failure.ts";
import { PipeLeg } from "./pipe.ts";
import { toLine } from "./text.ts";

/** `hangUp`: the client says nothing more; what it asked may still be answered. */
type Pipes = Channel & Pick<Child, "hangUp">;

/**
 * A conversation with a process of its own, whose death ends it. `gone` hears once how it ended, and whether by itself.
 * Rejects as `startChild` does.
 */
export function openStdio(
  server: StdioServer,
  era: Era,
  log: Log,
  gone: (how: string, unasked: boolean) => void,
  witness?: Witness,
): Promise<PipeLeg<Pipes>> {
  const lines = lineSplitter(ANSWER_BOUNDS.bytes);
  return PipeLeg.open(server, era, async (ear) => {
    const events = {
      witness,
      output: (piece: Buffer) => ear.heard(lines.push(piece)),
      gone: (how: string) => {
        const unasked = ear.alive();
        ear.heard(lines.end());
        ear.gone(how);
        gone(child.words() === "" ? how : `${how}; its last words:\n${child.words()}`, unasked);
      },
    };
    const child = await startChild(server, events, log);
    return {
      send: ({ bytes }) => child.write(toLine(bytes)),
      pause: () => child.pause(),
      resume: () => child.resume(),
      note: (line) => child.note(`[stdout] ${line}`),
      hangUp: () => child.hangUp(),
      end: () => child.end(),
    };
  });
}
