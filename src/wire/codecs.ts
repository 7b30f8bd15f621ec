import type { Era } from "../call/call.ts";
import type { Codec } from "./codec.ts";
import { LEGACY } from "./legacy.ts";
import { MODERN } from "./modern.ts";

/** One codec an era. A third era does not compile until it has its own. */
export const CODECS: Readonly<Record<Era, Codec>> = { legacy: LEGACY, modern: MODERN };
