import type { Frame } from "../wire/frame.ts";
import type { Ending } from "./leg.ts";

/** An answer that comes in one piece, whatever it says. */
export function spoken(frame: Frame): Extract<Ending, { readonly kind: "answer" }> {
  return { kind: "answer", frame, status: 200, streamed: false };
}
