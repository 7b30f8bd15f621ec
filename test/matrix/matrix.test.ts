import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { contradictions, document, PYTHON_HEADING, pythonSection } from "./document.ts";
import { type Expected, expectations, stale, tried, unexpected } from "./expected.ts";
import { type Extent, tryAll } from "./matrix.ts";
import { missing, PYTHON_SDK } from "./python.ts";

const WITHIN_MS = 600_000;
const committed = (): string => readFileSync("docs/COMPATIBILITY.md", "utf8");
const MEND = "npm run compatibility";
/** `make conformance` tries it all. */
const EXTENT: Extent = process.env["MATRIX"] === "whole" ? "whole" : "brief";
const ofPython = ({ clients }: Expected): boolean =>
  clients?.every((client) => client === PYTHON_SDK.name) === true;

test("every client sees through the gate what it sees without it", { timeout: WITHIN_MS }, async () => {
  const expected = expectations();
  const cells = await tryAll(undefined, EXTENT);
  const others = expected.filter((entry) => !ofPython(entry));
  const spoken = EXTENT === "whole" ? others : others.filter((entry) => tried(cells, entry));
  expect([...unexpected(cells, expected), ...stale(cells, spoken)]).toEqual([]);
  const drawn = document(cells, expected);
  const written = committed().split(PYTHON_HEADING)[0] ?? "";
  if (EXTENT === "whole") expect({ text: drawn, MEND }).toEqual({ text: written, MEND });
  expect({ wrong: contradictions(drawn, written), MEND }).toEqual({ wrong: [], MEND });
});

const why = missing();
test.skipIf(why !== undefined)(
  `so does a client in Python${why === undefined ? "" : ` (not tried: ${why})`}`,
  { timeout: WITHIN_MS },
  async () => {
    const expected = expectations();
    const cells = await tryAll([PYTHON_SDK]);
    expect([...unexpected(cells, expected), ...stale(cells, expected.filter(ofPython))]).toEqual([]);
    expect({ text: pythonSection(cells, expected), MEND }).toEqual({
      text: committed().slice(committed().indexOf(PYTHON_HEADING)),
      MEND,
    });
  },
);
