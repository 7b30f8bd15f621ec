/** Text or a comment of JSON as editors write it; whatever else stands between. */
const PIECE = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g;

/** Reads JSON with comments and trailing commas. Throws SyntaxError. */
export function readJsonc(text: string): unknown {
  const plain = text
    .replace(/^\uFEFF/, "")
    .replaceAll(PIECE, (piece) => (piece.startsWith('"') ? piece : " "));
  return JSON.parse(
    plain.replaceAll(/"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g, (piece) => (piece === "," ? "" : piece)),
  );
}
