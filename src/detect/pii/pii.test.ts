import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { views } from "../views/views.ts";
import { luhn, verhoeff } from "./checksum.ts";
import { PII } from "./pii.ts";

const marked = (text: string, name?: string): readonly string[] =>
  PII.find(views(text), { role: "text", ...(name !== undefined && { name }) }).map(
    ({ kind, span }) => `${kind} ${text.slice(span.from, span.until)}`,
  );

describe("what has a form", () => {
  test.each([
    ["email", "a@b.co"],
    ["email", "ana.lopez+news@mail.example.org"],
    ["ssn", "123-45-6789"],
    ["credit_card", "4111 1111 1111 1111"],
    ["credit_card", "378282246310005"],
    ["iban", "DE89 3704 0044 0532 0130 00"],
    ["iban", "GB82WEST12345698765432"],
    ["phone", "+47 22 12 34 56"],
    ["phone", "(555) 010-9999"],
    ["phone", "415-555-2671"],
    ["ip", "8.8.8.8"],
    ["ip", "2001:4860:4860::8888"],
    ["ip", "6e40:4041:c617:e898:c11:40d2:c669:2eb4"],
    ["phone", "(0646) 669 5959"],
    ["phone", "+1-322-598-8883x566"],
    ["us_itin", "912-70-1234"],
    ["ru_snils", "112-233-445 95"],
    ["ar_cuit", "20-12345678-6"],
    ["cl_rut", "12.345.678-5"],
    ["cl_rut", "9.007.920-4"],
    ["cz_rodne_cislo", "736028/5163"],
    ["th_id", "1-2345-67890-12-1"],
    ["my_nric", "990101-14-5678"],
    ["pk_cnic", "35202-1234567-1"],
    ["br_cpf", "111.444.777-35"],
    ["es_dni", "12345678Z"],
    ["it_codice_fiscale", "RSSMRA85T10A562S"],
    ["sg_nric", "S1234567D"],
    ["se_personnummer", "811218-9876"],
    ["fi_hetu", "131052-308T"],
    ["gb_nino", "AB123456C"],
    ["ch_ahv", "756.9217.0769.85"],
    ["fr_nir", "1 85 05 78 006 084 91"],
    ["kr_rrn", "900101-1234568"],
  ])("%s %s", (kind, text) => {
    for (const whole of [text, `see ${text} there`, `"x": "${text}",`, `(${text})`])
      expect(marked(whole)).toContain(`${kind} ${text}`);
  });

  test.each([
    ["date_of_birth 1985-03-12", "born on 1985-03-12 in Oslo"],
    ["date_of_birth 12 March 1985", "Ana was born on 12 March 1985."],
    ["date_of_birth March 12th, 1985", "Date of birth: March 12th, 1985"],
    ["date_of_birth 3. Januar 1970", "geboren am 3. Januar 1970 in Köln"],
    ["passport X1234567", "Passport no. X1234567"],
    ["phone 0378 3549890", "Phone: 0378 3549890"],
    ["nl_bsn 111222333", "BSN 111222333"],
    ["pl_pesel 44051401359", "PESEL: 44051401359"],
    ["ssn 123456789", "SSN: 123456789"],
    ["ru_inn 500100732259", "ИНН 500100732259"],
    ["ro_cnp 1800101221144", "CNP: 1800101221144"],
    ["bg_egn 7523169263", "EGN 7523169263"],
    ["pt_nif 123456789", "NIF 123456789"],
    ["at_svnr 1237 010180", "Sozialversicherung 1237 010180"],
    ["hr_oib 94577403194", "OIB 94577403194"],
    ["ee_isikukood 37605030299", "isikukood 37605030299"],
    ["jp_my_number 123456789018", "マイナンバー 123456789018"],
    ["il_id 123456782", "Teudat zehut 123456782"],
    ["au_medicare 2123 45670 1", "Medicare 2123 45670 1"],
    ["tw_id A123456789", "Taiwan, identity A123456789"],
    ["hk_id A1234563", "HKID A1234563"],
    ["id_nik 3171231501901234", "NIK 3171231501901234"],
  ])("%s where a word says so", (expected, text) => {
    expect(marked(text)).toContain(expected);
  });

  test("the name of a field says so too", () => {
    expect(marked("0378 3549890", "phone")).toEqual(["phone 0378 3549890"]);
    expect(marked("0378 3549890", "order")).toEqual([]);
  });
});

test.each([
  "000-12-3456",
  "4111 1111 1111 1112",
  "2026-11-21",
  "useless function call (#95)\n\n4.0.0 / 2017-04-12",
  "Intel Corp 2007-2012 and byteLength = 415958713",
  "npm install left-pad@1.3.0",
  "git@github.com:o/r.git",
  "https://user:pw@example.com/a",
  "192.168.0.1 and 10.0.0.1",
  "version 1.2.3.4",
  "978-3-16-148410-0",
  "1630099779032",
  "0736f5ef-7e88-499a-80cc-90c85d2a5180",
  "DE89 3704 0044 0532 0130 01",
  "41.40338, 2.17403",
  "The meeting is on 12 March 2026",
  "Boston, MA 02110-1301",
  "RFC 2616, section 8.1.2.2",
  "aa:bb:cc:dd:ee:ff at 12:30:45",
  "std::a::b and dead::beef",
  "{^[1-9][0-9]|3[0-2]$}",
])("not %s", (text) => {
  expect(marked(text)).toEqual([]);
});

test("a check digit fails when one digit of a number changes", () => {
  const digit = fc.integer({ min: 0, max: 9 });
  fc.assert(
    fc.property(
      fc.array(digit, { minLength: 12, maxLength: 18 }),
      fc.nat(),
      fc.integer({ min: 1, max: 9 }),
      (body, place, by) => {
        const text = body.join("");
        const changed = (whole: string): string => {
          const at = place % whole.length;
          return `${whole.slice(0, at)}${(Number(whole.charAt(at)) + by) % 10}${whole.slice(at + 1)}`;
        };
        for (const check of [luhn, verhoeff]) {
          const rights = Array.from({ length: 10 }, (_, last) => `${text}${last}`).filter(check);
          expect(rights).toHaveLength(1);
          expect(check(changed(rights[0] ?? ""))).toBe(false);
        }
      },
    ),
  );
});

test("spans lie in the text and do not overlap within one kind", () => {
  const pieces = fc.constantFrom(
    "1",
    "23",
    "-",
    " ",
    ".",
    "@",
    "a",
    "b.co",
    "+",
    "(",
    "DE89",
    "4111111111111111",
    "123-45-6789",
    "\n",
    "phone ",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const text = parts.join("");
      for (const { span } of PII.find(views(text), { role: "text" })) {
        expect(span.from).toBeLessThan(span.until);
        expect(span.until).toBeLessThanOrEqual(text.length);
      }
    }),
  );
});
