import { briefViews } from "../brief.ts";
import type { Detector } from "../detector.ts";
import { type Hit, lookAt } from "../look.ts";
import { purposeOf } from "../purpose.ts";
import { rulesOf, surest } from "../rule.ts";
import { PATHS } from "./rules.ts";

const RULES = rulesOf(PATHS);

function climbs(text: string): readonly Hit[] {
  const hit = surest(RULES, text, "path_traversal");
  return hit === undefined ? [] : [hit];
}

/** Paths in arguments that lead where they should not: out of a folder, or to files that hold secrets. Documents are not looked at. */
export const PATH: Detector = {
  name: "path",
  version: "2",
  classes: ["path_traversal"],
  find: (views, field) => {
    if (field.role !== "argument") return [];
    const purpose = purposeOf(views, field);
    return purpose === "content" || purpose === "command"
      ? []
      : lookAt("path", views, climbs, briefViews(views));
  },
};
