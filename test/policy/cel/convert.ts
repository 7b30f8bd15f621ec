// node test/policy/cel/convert.ts FOLDER COMMIT > test/policy/cel/simple.json
// FOLDER is tests/simple/testdata of https://github.com/google/cel-spec at that commit.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Case } from "./cases.ts";
import { type Message, readTextproto, type Value } from "./textproto.ts";

const one = (message: Message | undefined, field: string): Value | undefined => message?.get(field)?.[0];
const sub = (message: Message | undefined, field: string): Message | undefined => {
  const value = one(message, field);
  return value instanceof Map ? value : undefined;
};
const words = (message: Message, field: string): string | undefined => {
  const value = one(message, field);
  return value === undefined || value instanceof Map ? undefined : Buffer.from(value as string).toString();
};

function double(text: string): string {
  if (/nan/i.test(text)) return "(0.0 / 0.0)";
  if (/inf/i.test(text)) return text.startsWith("-") ? "(-1.0 / 0.0)" : "(1.0 / 0.0)";
  return `double(${JSON.stringify(text.replace(/f$/, ""))})`;
}

function int(text: string): string {
  return String(BigInt(text.startsWith("-") ? text.slice(1) : text) * (text.startsWith("-") ? -1n : 1n));
}

/** A value in CEL, or undefined where only protocol buffers can say it. */
function literal(message: Message): string | undefined {
  const [[kind = "", values = []] = []] = message;
  const [value = ""] = values;
  if (value instanceof Map)
    return kind === "list_value" || kind === "map_value" ? aggregate(kind, value) : undefined;
  const bytes = Buffer.from(value as string);
  switch (kind) {
    case "bool_value":
    case "type_value":
      return bytes.toString().replace(/^null_type$/, "type(null)");
    case "null_value":
      return "null";
    case "int64_value":
      return int(bytes.toString());
    case "uint64_value":
      return `${int(bytes.toString())}u`;
    case "double_value":
      return double(bytes.toString());
    case "string_value":
      return JSON.stringify(bytes.toString());
    case "bytes_value":
      return `b"${Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`;
    default:
      return undefined;
  }
}

function aggregate(kind: "list_value" | "map_value", message: Message): string | undefined {
  const items = (message.get(kind === "list_value" ? "values" : "entries") ?? []).map((item) => {
    if (!(item instanceof Map)) return undefined;
    if (kind === "list_value") return literal(item);
    const key = sub(item, "key");
    const value = sub(item, "value");
    const written = key && value && [literal(key), literal(value)];
    return written === undefined || written.includes(undefined) ? undefined : written.join(": ");
  });
  if (items.includes(undefined)) return undefined;
  return kind === "list_value" ? `[${items.join(", ")}]` : `{${items.join(", ")}}`;
}

function wantOf(test: Message): Case["want"] {
  if (test.has("eval_error") || test.has("any_eval_errors")) return { kind: "error" };
  const value = sub(test, "value") ?? sub(sub(test, "typed_result"), "result");
  if (test.has("unknown") || test.has("any_unknowns")) return { kind: "beyond" };
  if (value === undefined)
    return test.has("typed_result") || one(test, "check_only") === "true"
      ? { kind: "type" }
      : { kind: "value", cel: "true" };
  const cel = literal(value);
  return cel === undefined ? { kind: "beyond" } : { kind: "value", cel };
}

function bindingsOf(test: Message): Case["bindings"] {
  const bindings: Record<string, string | null> = {};
  for (const binding of test.get("bindings") ?? []) {
    if (!(binding instanceof Map)) continue;
    const value = sub(sub(binding, "value"), "value");
    bindings[words(binding, "key") ?? ""] = (value && literal(value)) ?? null;
  }
  return Object.keys(bindings).length === 0 ? undefined : bindings;
}

const [folder = "", commit = ""] = process.argv.slice(2);
const cases = readdirSync(folder)
  .filter((name) => name.endsWith(".textproto"))
  .toSorted()
  .flatMap((name) =>
    (readTextproto(readFileSync(join(folder, name), "utf8")).get("section") ?? []).flatMap((section) =>
      section instanceof Map
        ? (section.get("test") ?? []).flatMap((test: Value): readonly Case[] => {
            if (!(test instanceof Map)) return [];
            const id = [name.replace(".textproto", ""), words(section, "name"), words(test, "name")].join(
              "/",
            );
            const bindings = bindingsOf(test);
            return [
              { id, expr: words(test, "expr") ?? "", ...(bindings && { bindings }), want: wantOf(test) },
            ];
          })
        : [],
    ),
  );
const head = {
  origin: "https://github.com/google/cel-spec/tree/master/tests/simple/testdata",
  commit,
  licence:
    "Apache-2.0, Copyright Google LLC. Changed: taken from the text format of protocol buffers, values as CEL.",
};
process.stdout.write(
  `${JSON.stringify(head).slice(0, -1)}, "cases": [\n${cases.map((each) => JSON.stringify(each)).join(",\n")}\n]}\n`,
);
