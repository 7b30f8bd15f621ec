// For `node --import`: the package's own name means its source, so that an example runs before anything is built.
import { registerHooks } from "node:module";

const ENTRY = new URL("../../src/embed/with-governance.ts", import.meta.url).href;

registerHooks({
  resolve: (name, context, next) =>
    name === "portcullis" ? { url: ENTRY, shortCircuit: true } : next(name, context),
});
