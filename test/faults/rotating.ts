// A process that rotates keys without pause, and says so with each page. Arguments: the store's file, the key file.
import { openKept } from "../../src/privacy/open.ts";
import { rotate } from "../../src/privacy/rotation.ts";

const [path = "", file = ""] = process.argv.slice(2);
const kept = await openKept({
  store: { kind: "sqlite", path },
  keys: { kind: "file", path: file },
  outbound: { allow: [] },
});
if (kept === undefined) throw new Error("there is no key");
const { store, root } = kept;
process.stdout.write("ready\n");
for (;;) {
  await rotate({ keys: store.subjects, root: await root(), now: Date.now });
  await new Promise((turn) => setImmediate(turn));
}
