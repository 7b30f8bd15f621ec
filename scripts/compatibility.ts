// `npm run compatibility`: tries every server with every client through the gate and writes docs/COMPATIBILITY.md.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { document, PYTHON_HEADING, pythonSection } from "../test/matrix/document.ts";
import { expectations, stale, unexpected } from "../test/matrix/expected.ts";
import { tryAll } from "../test/matrix/matrix.ts";
import { missing, PYTHON_SDK } from "../test/matrix/python.ts";

const FILE = "docs/COMPATIBILITY.md";
const expected = expectations();
const cells = await tryAll();
const before = existsSync(FILE) ? readFileSync(FILE, "utf8") : "";
const absent = missing();
const python = absent === undefined ? await tryAll([PYTHON_SDK]) : [];
const kept = before.includes(PYTHON_HEADING) ? before.slice(before.indexOf(PYTHON_HEADING)) : "";
const section = absent === undefined ? pythonSection(python, expected) : kept;
if (absent !== undefined) console.error(`The section of the Python client stays as it was: ${absent}.`);
writeFileSync(FILE, document(cells, expected) + section);

const all = [...cells, ...python];
const found = [...unexpected(all, expected), ...stale(all, expected)];
for (const line of found) console.error(line);
console.error(`${FILE} is written; ${found.length} differences that nobody expects.`);
process.exitCode = found.length === 0 ? 0 : 1;
