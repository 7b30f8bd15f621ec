import { isDate, luhn, remainder, verhoeff, weighted } from "./checksum.ts";
import { at, cyclic, ddmmyy, type National, yymmdd } from "./state.ts";

function norwegian(text: string): boolean {
  const first = weighted(text, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]);
  return ddmmyy(text) && first % 11 === 0 && weighted(text, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
}

function brazilian(text: string): boolean {
  const digit = (length: number): number =>
    ((weighted(
      text,
      Array.from({ length }, (_, place) => length + 1 - place),
    ) *
      10) %
      11) %
    10;
  return !/^(\d)\1+$/.test(text) && digit(9) === at(text, 9, 10) && digit(10) === at(text, 10, 11);
}

const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

function italian(text: string): boolean {
  let sum = 0;
  for (let place = 0; place < 15; place += 1) {
    const code = Number.parseInt(text.charAt(place), 36);
    const value = code > 9 ? code - 10 : code;
    sum += place % 2 === 0 ? (ODD[value] ?? 0) : value;
  }
  return String.fromCharCode(65 + (sum % 26)) === text.charAt(15);
}

function singaporean(text: string): boolean {
  const born = text.charAt(0);
  const sum =
    weighted(text.slice(1), [2, 7, 6, 5, 4, 3, 2]) +
    (born === "T" || born === "G" ? 4 : born === "M" ? 3 : 0);
  const letters = "ST".includes(born) ? "JZIHGFEDCBA" : born === "M" ? "KLJNPQRTUWX" : "XWUTRQPNMLK";
  return letters.charAt(born === "M" ? 10 - (sum % 11) : sum % 11) === text.charAt(8);
}

const spanish = (digits: string, letter: string): boolean =>
  "TRWAGMYFPDXBNJZSQVHLCKE".charAt(Number(digits) % 23) === letter;

/** Of letters and digits. Each pattern is bounded and runs on one word. */
export const LETTERED: readonly National[] = [
  {
    kind: "gb_nino",
    pattern: /^(?!BG|GB|NK|KN|TN|NT|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z]\d{6}[A-D]$/,
    check: () => true,
  },
  { kind: "es_dni", pattern: /^\d{8}[A-HJ-NP-TV-Z]$/, check: (id) => spanish(id.slice(0, 8), id.slice(8)) },
  {
    kind: "es_nie",
    pattern: /^[XYZ]\d{7}[A-HJ-NP-TV-Z]$/,
    check: (id) => spanish(`${"XYZ".indexOf(id.charAt(0))}${id.slice(1, 8)}`, id.slice(8)),
  },
  { kind: "it_codice_fiscale", pattern: /^[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]$/, check: italian },
  { kind: "sg_nric", pattern: /^[STFGM]\d{7}[A-Z]$/, check: singaporean },
  { kind: "in_pan", pattern: /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/, check: () => true },
  { kind: "mx_curp", pattern: /^[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d$/, check: (id) => yymmdd(id.slice(4)) },
  {
    kind: "fi_hetu",
    pattern: /^\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]$/,
    check: (id) =>
      ddmmyy(id) &&
      "0123456789ABCDEFHJKLMNPRSTUVWXY".charAt(Number(`${id.slice(0, 6)}${id.slice(-4, -1)}`) % 31) ===
        id.slice(-1),
  },
  {
    kind: "ie_pps",
    pattern: /^\d{7}[A-W][A-IW]?$/,
    check: (id) =>
      "WABCDEFGHIJKLMNOPQRSTUV".charAt(
        (weighted(id, [8, 7, 6, 5, 4, 3, 2]) + 9 * Math.max(0, "WABCDEFGHI".indexOf(id.charAt(8) || "W"))) %
          23,
      ) === id.charAt(7),
    needs: /pps|personal public|ireland|irish/,
  },
  {
    kind: "cn_resident",
    pattern: /^\d{17}X$/,
    check: (id) =>
      isDate(at(id, 6, 10), at(id, 10, 12), at(id, 12, 14)) &&
      (weighted(id, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) + 10) % 11 === 1,
  },
];

/** Of digits. Each pattern is bounded and runs on one group of digits and what separates them. */
export const NUMBERED: readonly National[] = [
  {
    kind: "no_fodselsnummer",
    digits: [11],
    pattern: /^\d{6} ?\d{5}$/,
    check: norwegian,
    needs: /f[øo]dsels|personnummer|national|\bid\b|person/,
  },
  {
    kind: "se_personnummer",
    digits: [10, 12],
    pattern: /^(?:19|20)?\d{6}[-+]\d{4}$/,
    check: (id) => yymmdd(id.slice(-10)) && luhn(id.slice(-10)),
  },
  {
    kind: "dk_cpr",
    digits: [10],
    pattern: /^\d{6}-\d{4}$/,
    check: ddmmyy,
    needs: /cpr|personnummer|dansk|danish/,
  },
  { kind: "br_cpf", digits: [11], pattern: /^\d{3}\.\d{3}\.\d{3}-\d{2}$/, check: brazilian },
  { kind: "br_cpf", digits: [11], pattern: /^\d{11}$/, check: brazilian, needs: /cpf/ },
  {
    kind: "ch_ahv",
    digits: [13],
    pattern: /^756\.\d{4}\.\d{4}\.\d{2}$/,
    check: (id) => (10 - (weighted(id, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10)) % 10 === at(id, 12, 13),
  },
  {
    kind: "fr_nir",
    digits: [15],
    pattern: /^[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d{2} ?\d{3} ?\d{3} ?\d{2}$/,
    check: (id) => 97 - remainder(id.slice(0, 13), 97) === at(id, 13, 15),
  },
  { kind: "in_aadhaar", digits: [12], pattern: /^[2-9]\d{3}[ -]\d{4}[ -]\d{4}$/, check: verhoeff },
  { kind: "in_aadhaar", digits: [12], pattern: /^[2-9]\d{11}$/, check: verhoeff, needs: /aadhaar|uidai/ },
  {
    kind: "cn_resident",
    digits: [18],
    pattern: /^\d{18}$/,
    check: (id) =>
      isDate(at(id, 6, 10), at(id, 10, 12), at(id, 12, 14)) &&
      weighted(id, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1]) % 11 === 1,
  },
  {
    kind: "kr_rrn",
    digits: [13],
    pattern: /^\d{6}-[1-4]\d{6}$/,
    check: (id) =>
      yymmdd(id) && (11 - (weighted(id, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === at(id, 12, 13),
  },
  {
    kind: "pl_pesel",
    digits: [11],
    pattern: /^\d{11}$/,
    check: (id) => yymmdd(id) && weighted(id, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
    needs: /pesel/,
  },
  {
    kind: "de_steuer_id",
    digits: [11],
    pattern: /^[1-9]\d ?\d{3} ?\d{3} ?\d{3}$/,
    check: cyclic,
    needs: /steuer|tax|\bidnr/,
  },
  {
    kind: "nl_bsn",
    digits: [9],
    pattern: /^\d{9}$/,
    check: (id) => weighted(id, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
    needs: /bsn|burgerservice|sofi/,
  },
  {
    kind: "be_nrn",
    digits: [11],
    pattern: /^\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}$/,
    check: (id) =>
      [id.slice(0, 9), `2${id.slice(0, 9)}`].some((one) => 97 - remainder(one, 97) === at(id, 9, 11)),
  },
  {
    kind: "ca_sin",
    digits: [9],
    pattern: /^\d{3}[ -]?\d{3}[ -]?\d{3}$/,
    check: luhn,
    needs: /\bsin\b|social insurance|assurance sociale/,
  },
  {
    kind: "gb_nhs",
    digits: [10],
    pattern: /^\d{3}[ -]?\d{3}[ -]?\d{4}$/,
    check: (id) => (11 - (weighted(id, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === at(id, 9, 10),
    needs: /\bnhs\b/,
  },
  {
    kind: "za_id",
    digits: [13],
    pattern: /^\d{13}$/,
    check: (id) => yymmdd(id) && luhn(id),
    needs: /\bid\b|identity|south afric/,
  },
  {
    kind: "au_tfn",
    digits: [9],
    pattern: /^\d{3} ?\d{3} ?\d{3}$/,
    check: (id) => weighted(id, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
    needs: /tfn|tax file/,
  },
  {
    kind: "tr_kimlik",
    digits: [11],
    pattern: /^[1-9]\d{10}$/,
    check: (id) =>
      weighted(
        id,
        Array.from({ length: 10 }, () => 1),
      ) %
        10 ===
      at(id, 10, 11),
    needs: /kimlik|t\.?c\.? ?no|tckn/,
  },
];
