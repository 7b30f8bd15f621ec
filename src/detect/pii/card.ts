import { luhn } from "./checksum.ts";

/** The first digits that issuers of cards have, and how long their numbers are. */
const ISSUED =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d|09)\d{11}|(?:6011|65\d\d|64[4-9]\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}|(?:2131|1800)\d{11}|62\d{14,17}|220[0-4]\d{12,15})$/;
/** Debit cards of many lengths: only where a word says that it is a card. */
const DEBIT = /^(?:5[0678]\d\d|6304|6390|67\d\d|0604)\d{8,15}$/;
const CARD =
  /card|credit|debit|visa|master|amex|american express|discover|maestro|diners|jcb|unionpay|\bpan\b|\bcc\b|payment|charge|\bcvv\b|karte|tarjeta|carte|carta/;
const OTHER =
  /(?:order|account|acct|ref(?:erence)?|tracking|serial|ticket|invoice|transaction|phone|tel|isbn|sku|imei|time|epoch|stamp|_?id|uid|code|version|build|batch)["'`\]:=#\s.]*(?:no\.?|num(?:ber)?|is)?["'`\]:=#\s]*$/;

/** How sure it is that digits are a card's number; 0 where they are not. `before` is what precedes them, in small letters. */
export function cardScore(digits: string, grouped: boolean, before: string): number {
  if (!luhn(digits) || /^(\d)\1+$/.test(digits)) return 0;
  const named = CARD.test(before);
  if (ISSUED.test(digits)) return named ? 1 : grouped ? 0.95 : OTHER.test(before) ? 0 : 0.85;
  return named && (DEBIT.test(digits) || /^[3-6]\d{12,18}$/.test(digits)) ? 0.9 : 0;
}
