import { COMMAND } from "./command/command.ts";
import type { Detector } from "./detector.ts";
import { EXFILTRATION } from "./exfiltration/exfiltration.ts";
import { INJECTION } from "./injection/injection.ts";
import { PATH } from "./path/path.ts";
import { PATTERNS } from "./patterns/patterns.ts";
import { PII } from "./pii/pii.ts";
import { SECRETS } from "./secrets/secrets.ts";
import { SHAPES } from "./shape/shape.ts";
import { SQL } from "./sql/sql.ts";
import { URLS } from "./url/url.ts";

/** Every detector there is, in the order in which findings are listed. */
export const DETECTORS: readonly Detector[] = [
  INJECTION,
  SECRETS,
  PII,
  COMMAND,
  SQL,
  PATH,
  URLS,
  EXFILTRATION,
  SHAPES,
  PATTERNS,
];
