import type { Anchors, AnchorSettings } from "../../config/anchors.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import { parseVerifier } from "../note/note.ts";
import type { Anchor } from "./anchor.ts";
import { type Anchoring, anchoring, NO_ANCHORS } from "./anchoring.ts";

async function anchorOf(place: AnchorSettings, outbound: Outbound): Promise<Anchor> {
  switch (place.kind) {
    case "file":
      return (await import("./file.ts")).fileAnchor(place.name, place.path);
    case "witness": {
      const key = parseVerifier(place.key);
      if (key === undefined) throw new Error(`anchors.${place.name}.key is no key of a witness`);
      return (await import("./witness.ts")).witnessAnchor(place.name, place.url, key, outbound);
    }
    case "webhook":
      return (await import("./webhook.ts")).webhookAnchor(place.name, place.url, place.secrets, outbound);
    case "object":
      return (await import("./object.ts")).objectAnchor(place, outbound);
  }
}

/** The anchors of a configuration. What they need is loaded where there are any. Throws Error for a key that is none. */
export async function openAnchors(
  { places, witnesses }: Anchors,
  allow: readonly string[],
  now: () => number,
): Promise<Anchoring> {
  if (places.length === 0) return NO_ANCHORS;
  const { openOutbound } = await import("../../outbound/outbound.ts");
  const outbound = openOutbound(allow);
  const anchors = await Promise.all(places.map((place) => anchorOf(place, outbound)));
  return anchoring(anchors, witnesses, now, outbound.close);
}
