import { isDate, luhn, weighted } from "./checksum.ts";
import { at, cyclic, ddmmyy, type National, yymmdd } from "./state.ts";

/** Estonia and Lithuania: a second row of weights where the first leaves ten. */
function baltic(text: string): boolean {
  const first = weighted(text.slice(0, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  const second = first < 10 ? first : weighted(text.slice(0, 10), [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
  return yymmdd(text.slice(1)) && second % 10 === at(text, 10, 11);
}

/** Months of women count from 51, and after 2004 some from 21 or 71. */
function bohemian(text: string): boolean {
  const whole = Number(text);
  if (!isDate(at(text, 0, 2), (at(text, 2, 4) % 50) % 20, at(text, 4, 6))) return false;
  return text.length === 9 || whole % 11 === 0 || (at(text, 0, 9) % 11 === 10 && text.endsWith("0"));
}

function russian(text: string): boolean {
  const first = weighted(text.slice(0, 10), [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11;
  const second = weighted(text.slice(0, 11), [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11;
  return first % 10 === at(text, 10, 11) && second % 10 === at(text, 11, 12);
}

/** Numbers of more European states; each check is the one that the state publishes. */
export const EUROPEAN: readonly National[] = [
  {
    kind: "ru_snils",
    digits: [11],
    pattern: /^\d{3}-\d{3}-\d{3}[ -]\d{2}$/,
    check: (id) => (weighted(id.slice(0, 9), [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100 === at(id, 9, 11),
  },
  { kind: "ru_inn", digits: [12], pattern: /^\d{12}$/, check: russian, needs: /инн|\binn\b/ },
  {
    kind: "ua_rnokpp",
    digits: [10],
    pattern: /^\d{10}$/,
    check: (id) => (weighted(id.slice(0, 9), [-1, 5, 7, 9, 4, 6, 10, 5, 7]) % 11) % 10 === at(id, 9, 10),
    needs: /рнокпп|іпн|rnokpp/,
  },
  {
    kind: "ro_cnp",
    digits: [13],
    pattern: /^[1-9]\d{12}$/,
    check: (id) => {
      const rest = weighted(id.slice(0, 12), [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
      return yymmdd(id.slice(1)) && (rest === 10 ? 1 : rest) === at(id, 12, 13);
    },
    needs: /\bcnp\b|cod numeric|roman/,
  },
  {
    kind: "bg_egn",
    digits: [10],
    pattern: /^\d{10}$/,
    check: (id) => (weighted(id.slice(0, 9), [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10 === at(id, 9, 10),
    needs: /\begn\b|егн/,
  },
  { kind: "cz_rodne_cislo", digits: [9, 10], pattern: /^\d{6}\/\d{3,4}$/, check: bohemian },
  {
    kind: "gr_amka",
    digits: [11],
    pattern: /^\d{11}$/,
    check: (id) => ddmmyy(id) && luhn(id),
    needs: /amka|αμκα/,
  },
  {
    kind: "pt_nif",
    digits: [9],
    pattern: /^[1-35689]\d{2} ?\d{3} ?\d{3}$/,
    check: (id) => {
      const digit = 11 - (weighted(id.slice(0, 8), [9, 8, 7, 6, 5, 4, 3, 2]) % 11);
      return (digit > 9 ? 0 : digit) === at(id, 8, 9);
    },
    needs: /\bnif\b|contribuinte/,
  },
  {
    kind: "hu_taj",
    digits: [9],
    pattern: /^\d{3}[ -]?\d{3}[ -]?\d{3}$/,
    check: (id) => weighted(id.slice(0, 8), [3, 7, 3, 7, 3, 7, 3, 7]) % 10 === at(id, 8, 9),
    needs: /\btaj\b/,
  },
  {
    kind: "at_svnr",
    digits: [10],
    pattern: /^[1-9]\d{3} ?\d{6}$/,
    check: (id) => ddmmyy(id.slice(4)) && weighted(id, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === at(id, 3, 4),
    needs: /svnr|sv-?nummer|sozialversicherung|versicherungsnummer/,
  },
  { kind: "hr_oib", digits: [11], pattern: /^\d{11}$/, check: cyclic, needs: /\boib\b/ },
  {
    kind: "ee_isikukood",
    digits: [11],
    pattern: /^[1-8]\d{10}$/,
    check: baltic,
    needs: /isikukood|eesti|estonia|personal code/,
  },
  {
    kind: "lt_asmens_kodas",
    digits: [11],
    pattern: /^[3-6]\d{10}$/,
    check: baltic,
    needs: /asmens kodas|lithuania/,
  },
];
