/** Letters and digits of an IBAN, by country (ISO 13616). */
const LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 " +
    "GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 " +
    "MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Where an IBAN that begins at `from` ends, in groups of four or without any; undefined where there is none. */
export function ibanEnd(text: string, from: number): number | undefined {
  const length = LENGTHS[text.slice(from, from + 2)];
  if (length === undefined) return undefined;
  // Two digits come next, whatever the country: nearly all words end here.
  if (!/^\d\d/.test(text.slice(from + 2, from + 4))) return undefined;
  let letters = 0;
  let at = from;
  let rest = 0;
  for (; letters < length; at += 1) {
    const code = text.charCodeAt(at);
    if (isWritten(code)) {
      letters += 1;
      // The country and the check digits are counted last.
      if (letters > 4) rest = counted(rest, code);
    } else if ((code !== 32 && code !== 45) || letters < 4 || !isWritten(text.charCodeAt(at + 1)))
      return undefined;
  }
  for (let place = from; place < from + 4; place += 1) rest = counted(rest, text.charCodeAt(place));
  return rest === 1 && !isWritten(text.charCodeAt(at) & ~32) && !isWritten(text.charCodeAt(at))
    ? at
    : undefined;
}

/** A letter counts as two digits, from A = 10; the remainder by 97. */
const counted = (rest: number, code: number): number =>
  code < 58 ? (rest * 10 + code - 48) % 97 : (rest * 100 + code - 55) % 97;

const isWritten = (code: number): boolean => (code >= 48 && code <= 57) || (code >= 65 && code <= 90);
