// The process that `replay.ts` measures: replays a store under a policy and says how long that took and how much memory.
// `node bench/replayed.ts STORE POLICY SINCE`.
import { readFileSync } from "node:fs";
import { parsePolicy } from "../src/policy/parse.ts";
import { replay } from "../src/replay/replay.ts";
import { openStore } from "../src/store/open.ts";

const [path = "", file = "", since = "0"] = process.argv.slice(2);
const store = await openStore({ kind: "sqlite", path });
const began = performance.now();
const after = parsePolicy([{ file, text: readFileSync(file, "utf8") }], { root: "/srv" });
const report = await replay(
  store.forTenant("default").journal,
  { after },
  { since: Number(since), until: Number.MAX_SAFE_INTEGER },
);
const ms = performance.now() - began;
const { calls, judged, undecided, changed } = report;
const peak_mb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ ms, peak_mb, calls, judged, undecided, changed }));
await store.close();
