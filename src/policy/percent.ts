const PERCENT = 0x25;

/** The value of a hexadecimal digit, or NaN. */
function digit(unit: number | undefined): number {
  if (unit === undefined) return Number.NaN;
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
}

/**
 * A text with its percent-encoding undone until nothing is left to undo, however often it was encoded: `%252e` is `.`.
 * Linear: each step takes two characters away, and no two of them overlap. What is no UTF-8 stays as it is.
 */
export function decoded(text: string): string {
  if (!/%[0-9a-fA-F]{2}/.test(text)) return text;
  const units = new Uint16Array(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    units[length++] = text.charCodeAt(index);
    while (units[length - 3] === PERCENT) {
      const code = digit(units[length - 2]) * 16 + digit(units[length - 1]);
      if (!(code <= 0x7f)) break;
      length -= 2;
      units[length - 1] = code;
    }
  }
  const made = Buffer.from(units.buffer, 0, length * 2).toString("utf16le");
  return made.replaceAll(/(?:%[89a-fA-F][0-9a-fA-F])+/g, (bytes) => {
    try {
      return decodeURIComponent(bytes);
    } catch {
      return bytes;
    }
  });
}
