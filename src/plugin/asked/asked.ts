import type { Asked, AskedPlugin } from "../../config/plugins.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import type { Ask } from "../ask.ts";
import { askHttp } from "./http.ts";
import { askKserve } from "./kserve.ts";
import { askLakera } from "./lakera.ts";
import { askLlmGuard } from "./llm-guard.ts";
import { askOpenAppsec } from "./open-appsec.ts";
import { askPresidio } from "./presidio.ts";
import { askTei } from "./tei.ts";

/** How a program elsewhere that judges texts is asked. */
export function askOf(plugin: Exclude<AskedPlugin, Asked<"interceptors">>, outbound: Outbound): Ask {
  switch (plugin.kind) {
    case "http":
      return askHttp(plugin, outbound);
    case "presidio":
      return askPresidio(plugin, outbound);
    case "llm_guard":
      return askLlmGuard(plugin, outbound);
    case "lakera":
      return askLakera(plugin, outbound);
    case "open_appsec":
      return askOpenAppsec(plugin, outbound);
    case "tei":
      return askTei(plugin, outbound);
    case "kserve":
      return askKserve(plugin, outbound);
  }
}
