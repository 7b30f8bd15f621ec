import { FAULTS } from "../call/fault.ts";
import { member } from "../call/json.ts";
import { claimOf, objectOf, textOf, type Codec } from "./codec.ts";
import { dutyOf } from "./methods.ts";
import { META, MODERN_REVISIONS } from "./revision.ts";

/** 2026-07-28: no sessions; each request says who speaks, each result what kind it is. */
export const MODERN: Codec = Object.freeze<Codec>({
  era: "modern",
  revisions: MODERN_REVISIONS,
  duty: (method) => dutyOf("modern", method),
  refusalResult: (text, meta) => ({
    resultType: "complete",
    content: [{ type: "text", text }],
    isError: true,
    _meta: meta,
  }),
  status: (code) => FAULTS[code].http,
  markPrivate: (result) =>
    member(result, "cacheScope") === "private" ? [] : [{ kind: "set", path: ["cacheScope"], to: "private" }],
  envelope: (params) => {
    const meta = member(params, "_meta");
    return {
      revision: textOf(member(meta, META.revision)),
      client: claimOf(member(meta, META.client_info)),
      capabilities: objectOf(member(meta, META.client_capabilities)),
    };
  },
});
