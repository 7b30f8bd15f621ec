import { isDate } from "./checksum.ts";

/** A number that a state gives to a person. */
export interface National {
  readonly kind: string;
  /** How many digits it may have, where it is written in digits alone. */
  readonly digits?: readonly number[];
  readonly pattern: RegExp;
  /** Gets what was found without its separators, in capitals. */
  readonly check: (plain: string) => boolean;
  /** A word that must stand before it, where form and checksum are too common to say so alone. */
  readonly needs?: RegExp;
}

export const at = (text: string, from: number, until: number): number => Number(text.slice(from, until));

/** Some states count the month on by twenty for each century. */
export const yymmdd = (text: string): boolean => isDate(at(text, 0, 2), at(text, 2, 4) % 20, at(text, 4, 6));

/** Some states add forty to the day of who is not registered. */
export const ddmmyy = (text: string): boolean => isDate(at(text, 4, 6), at(text, 2, 4), at(text, 0, 2) % 40);

/** ISO 7064, modulus 11 and 10, over eleven digits (Germany, Croatia). */
export function cyclic(text: string): boolean {
  let product = 10;
  for (let place = 0; place < 10; place += 1) {
    const sum = (at(text, place, place + 1) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === at(text, 10, 11);
}
