import { z } from "zod";
import { FINDING_CLASSES, type Tier, TIERS } from "../call/guard.ts";
import type { Detector, Field, FindingClass, Role, Severity } from "../detect/detector.ts";
import type { Views } from "../detect/views/view.ts";
import { ROLES, SEVERITIES } from "./words.ts";

export type { Field, FindingClass, Role, Severity } from "../detect/detector.ts";
export type { Tier } from "../call/guard.ts";

/** One thing that a plugin found. Places count UTF-16 units of the text that `look` was given. */
export interface PluginFinding {
  readonly class: FindingClass;
  /** Which of its class, in small letters and `_`: what personal data is masked as. */
  readonly kind?: string;
  readonly severity: Severity;
  /** 0 to 1. */
  readonly score: number;
  readonly from: number;
  readonly until: number;
  /** A few words for people, up to 200 characters; never what was found itself. */
  readonly why: string;
}

/** What a text is read as, beside where it stands: `original`, `folded`, `base64` and others. */
export interface Place extends Field {
  readonly made: string;
}

/** What a plugin says of itself. */
export interface Card {
  /** Small letters, digits and `-`: names it in the record and in rules. */
  readonly name: string;
  readonly version: string;
  /** The most that its findings may lead to. */
  readonly tier: Tier;
  /** What it means that it threw, or did not answer in time. `observe` is never more than `pass`. */
  readonly broken: "stop" | "pass";
  /** The only classes that it may report. */
  readonly classes: readonly FindingClass[];
  /** What it looks at; everything if absent. */
  readonly roles?: readonly Role[];
}

/**
 * A guard of your own. It gives either `look`, which is called with each way a text can be read (as it is, folded, decoded), or `find`,
 * as the built-in guards have it, which is given all readings of a text and finds places of the original.
 */
export type Plugin = Card &
  (
    | {
        readonly look: (
          text: string,
          place: Place,
        ) => readonly PluginFinding[] | Promise<readonly PluginFinding[]>;
        readonly find?: never;
      }
    | { readonly find: Detector["find"]; readonly look?: never }
  );

export type { Views };

const NAME = /^[a-z][a-z0-9-]{0,47}$/;

/** What can be said of a plugin without running it. */
export const cardSchema = z
  .object({
    name: z.string().regex(NAME, "`name` is up to 48 small letters, digits and `-`"),
    version: z.string().min(1).max(64),
    tier: z.enum(TIERS),
    broken: z.enum(["stop", "pass"], { error: "`broken` says what its own failure means: stop or pass" }),
    classes: z.array(z.enum(FINDING_CLASSES)).min(1).max(FINDING_CLASSES.length),
    roles: z.array(z.enum(ROLES)).min(1).max(ROLES.length).optional(),
  })
  .refine(({ tier, broken }) => tier !== "observe" || broken === "pass", {
    message: 'who only observes stops nothing: write `broken: "pass"`',
    path: ["broken"],
  });

/**
 * Checks and freezes a plugin. Throws TypeError with what is wrong and where: a plugin that is not understood is not run.
 */
export function definePlugin(plugin: Plugin): Plugin {
  const read = cardSchema.safeParse(plugin);
  if (!read.success) {
    const { path = [], message = "is no plugin" } = read.error.issues[0] ?? {};
    throw new TypeError(`a plugin's ${path.length === 0 ? "definition" : path.join(".")}: ${message}`);
  }
  const { look, find } = plugin;
  if ((typeof look === "function") === (typeof find === "function"))
    throw new TypeError(`the plugin ${read.data.name} has to have one of the functions look and find`);
  return Object.freeze(plugin);
}

/** What a mark can have in it. */
const MARKED = /^[a-z][a-z_]{1,30}$/;

/** What a finding has to be before anything is done about it. */
export const findingSchema = z
  .object({
    class: z.enum(FINDING_CLASSES),
    kind: z
      .string()
      .regex(/^[a-z][a-z0-9_-]{0,47}$/)
      .optional(),
    severity: z.enum(SEVERITIES),
    score: z.number().min(0).max(1),
    from: z.int().min(0),
    until: z.int().min(0),
    why: z
      .string()
      .max(200)
      .regex(/^[^\p{C}]+$/u),
  })
  .refine((found) => found.class !== "pii" || MARKED.test(found.kind ?? "pii"), {
    message: "personal data is masked by its kind: small letters and `_`",
    path: ["kind"],
  });
