import { isDate, luhn, weighted } from "./checksum.ts";
import { at, ddmmyy, type National, yymmdd } from "./state.ts";

function chilean(id: string): boolean {
  const weights = Array.from({ length: id.length - 1 }, (_, place) => ((id.length - 2 - place) % 6) + 2);
  return (11 - (weighted(id.slice(0, -1), weights) % 11)) % 11 === at(id, id.length - 1, id.length);
}

const thai = (id: string): boolean =>
  (11 - (weighted(id.slice(0, 12), [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === at(id, 12, 13);

/** What letters count at the beginning of a Taiwanese number. */
const TAIWAN = "ABCDEFGHJKLMNPQRSTUVXYWZIO";

function taiwanese(id: string): boolean {
  const first = TAIWAN.indexOf(id.charAt(0)) + 10;
  const rest = weighted(id.slice(1), [8, 7, 6, 5, 4, 3, 2, 1, 1]);
  return (Math.floor(first / 10) + (first % 10) * 9 + rest) % 10 === 0;
}

/** One letter counts as if a blank stood before it. */
function hongkong(id: string): boolean {
  const values = Array.from(id.padStart(9, " "), (sign) => (sign === " " ? 36 : Number.parseInt(sign, 36)));
  return values.reduce((sum, value, place) => sum + value * (9 - place), 0) % 11 === 0;
}

/** Numbers of American, Asian and Pacific states; each check is the one that the state publishes. */
export const OVERSEAS: readonly National[] = [
  {
    kind: "us_itin",
    digits: [9],
    pattern: /^9\d{2}-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}$/,
    check: () => true,
  },
  {
    kind: "ar_cuit",
    digits: [11],
    pattern: /^(?:2[034567]|30|33)-\d{8}-\d$/,
    check: (id) =>
      (11 - (weighted(id.slice(0, 10), [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === at(id, 10, 11),
  },
  { kind: "cl_rut", digits: [8, 9], pattern: /^\d{1,2}\.\d{3}\.\d{3}-\d$/, check: chilean },
  {
    kind: "jp_my_number",
    digits: [12],
    pattern: /^\d{4}[ -]?\d{4}[ -]?\d{4}$/,
    check: (id) => {
      const rest = weighted(id.slice(0, 11), [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
      return (rest < 2 ? 0 : 11 - rest) === at(id, 11, 12);
    },
    needs: /my ?number|マイナンバー|個人番号/,
  },
  { kind: "th_id", digits: [13], pattern: /^[1-8]-\d{4}-\d{5}-\d{2}-\d$/, check: thai },
  { kind: "th_id", digits: [13], pattern: /^[1-8]\d{12}$/, check: thai, needs: /thai|บัตร|ประชาชน/ },
  {
    kind: "my_nric",
    digits: [12],
    pattern: /^\d{6}-(?:0[1-9]|1[0-6]|2[1-9]|[3-5]\d|6[0-8]|7[1245-9]|8[2-9]|9[0-389])-\d{4}$/,
    check: yymmdd,
  },
  { kind: "pk_cnic", digits: [13], pattern: /^[1-7]\d{4}-\d{7}-\d$/, check: () => true },
  {
    kind: "id_nik",
    digits: [16],
    pattern: /^[1-9]\d{15}$/,
    check: (id) => ddmmyy(id.slice(6)),
    needs: /\bnik\b|\bktp\b|kependudukan/,
  },
  {
    kind: "vn_cccd",
    digits: [12],
    pattern: /^0\d{11}$/,
    check: (id) => isDate(at(id, 4, 6), 1, 1),
    needs: /cccd|căn cước|can cuoc/,
  },
  {
    kind: "il_id",
    digits: [9],
    pattern: /^\d{9}$/,
    check: luhn,
    needs: /teudat|israel|תעודת זהות|ת\.?ז/,
  },
  {
    kind: "au_medicare",
    digits: [10, 11],
    pattern: /^[2-6]\d{3} ?\d{5} ?\d(?:[ /-]?\d)?$/,
    check: (id) => weighted(id.slice(0, 8), [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === at(id, 8, 9),
    needs: /medicare/,
  },
];

/** Those with letters. */
export const OVERSEAS_LETTERED: readonly National[] = [
  {
    kind: "tw_id",
    pattern: /^[A-Z][1289]\d{8}$/,
    check: taiwanese,
    needs: /taiwan|身分證|national id|identity/,
  },
  {
    kind: "hk_id",
    pattern: /^[A-Z]{1,2}\d{6}[\dA]$/,
    check: hongkong,
    needs: /hkid|hong kong|身份證|identity card/,
  },
  {
    kind: "mx_rfc",
    pattern: /^[A-Z]{4}\d{6}[A-Z\d]{3}$/,
    check: (id) => yymmdd(id.slice(4)),
    needs: /\brfc\b|contribuyente/,
  },
];
