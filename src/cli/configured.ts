import type { Config } from "../config/config.ts";
import { findConfig, type LoadOptions, loadConfig } from "../config/load.ts";
import { Failure } from "./failure.ts";
import { sayNotes } from "./say.ts";

/** The configuration that is named, else that of this folder. Throws Problems, or Failure 2 where there is none. */
export function configured(named: string | undefined, overrides: LoadOptions["overrides"] = {}): Config {
  const file = findConfig(named);
  if (file === undefined)
    throw new Failure(
      2,
      "there is no portcullis.yaml in this folder",
      "portcullis init, or name one with --config",
    );
  const { config, notes } = loadConfig({ file, overrides });
  sayNotes(notes);
  return config;
}
