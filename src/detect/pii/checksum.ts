/** Luhn's digit: cards, and several national numbers. Digits only. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    const twice = at % 2 === 1 ? digit * 2 : digit;
    sum += twice > 9 ? twice - 9 : twice;
  }
  return sum % 10 === 0;
}

/** The remainder of a decimal number of any length; letters count from A = 10. */
export function remainder(text: string, divisor: number): number {
  let rest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const value = Number.parseInt(text.charAt(at), 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % divisor;
  }
  return rest;
}

/** The sum of digits times their weights. */
export function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, at) => sum + weight * (digits.charCodeAt(at) - 48), 0);
}

const D5 = (a: number, b: number): number =>
  a < 5 ? (b < 5 ? (a + b) % 5 : ((a + b - 5) % 5) + 5) : b < 5 ? ((a - 5 - b + 5) % 5) + 5 : (a - b + 5) % 5;
const TURN = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** Verhoeff's digit (Aadhaar): the dihedral group of order ten, digits from the right, each turned by its place. */
export function verhoeff(digits: string): boolean {
  let check = 0;
  for (let at = 0; at < digits.length; at += 1) {
    let digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    for (let turn = 0; turn < at % 8; turn += 1) digit = TURN[digit] ?? 0;
    check = D5(check, digit);
  }
  return check === 0;
}

/** Whether year, month and day can be a date of birth; the year may have two digits. */
export function isDate(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && (year < 100 || (year >= 1900 && year <= 2100));
}
