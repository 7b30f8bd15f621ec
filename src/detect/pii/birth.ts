/** What says that a date is of somebody's birth. */
export const BORN =
  /\bd\.?o\.?b\b|birth|\bborn\b|geburt|geboren|naissance|\bn[ée]e? le|nacimiento|nascita|nascimento|födelse|fødsel|syntym|urodz/;

const MONTH =
  "(?:jan(?:uar[yi]?|vier|eiro)?|feb(?:ruar[yi]?)?|f[ée]v(?:rier)?|fevereiro|m(?:ar(?:ch|s|zo|ço)?|ärz|rz)|a[pvb]r(?:il|ile)?|ma[yiío]o?|jun[ei]?o?|juin|jul[yi]?o?|juillet|ao[uû]t|ag?o(?:sto)?|aug(?:ust)?|sep(?:t(?:ember|embre)?|tiembre)?|settembre|setembro|o[ck]t(?:ober|obre|ubre)?|ottobre|outubro|nov(?:ember|embre|iembre)?|novembro|de[cz](?:ember|embre|embro)?|d[ée]c(?:embre)?|diciembre|dicembre)";
/** Ends with the year. */
const WRITTEN = new RegExp(
  String.raw`(?<![\d\w])(?:\d{1,2}(?:st|nd|rd|th|er|\.)?\s(?:of\s|de\s)?${MONTH}\.?,?\s(?:de\s|of\s)?|${MONTH}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s)\d{4}$`,
  "i",
);

/** Units of the longest date, and those before it in which something must say whose it is. */
const DATE = 28;
const BEFORE = 48;

/** Whether the word or figure before a year may be of a month or a day: three letters at least, of which the first begins a month. */
function mayBeDate(text: string, year: number): boolean {
  let until = year - 1;
  while (until > 0 && ",. ".includes(text.charAt(until - 1))) until -= 1;
  const last = text.charCodeAt(until - 1);
  if (last >= 48 && last <= 57) return true;
  let from = until;
  while (from > 0 && until - from < 12 && (text.charCodeAt(from - 1) | 32) >= 97) from -= 1;
  return until - from > 1 && FIRST.includes(text.charAt(from).toLowerCase());
}

/** First letters of months, of what follows a day (`12th`), and of `de`. */
const FIRST = "jfmasondtr";

/** Where a date of birth begins that has a word for its month and ends with the year at `year`. `name` is what the field is called. */
export function birthBefore(text: string, year: number, name: string): number | undefined {
  if (text.charCodeAt(year - 1) !== 32 || !mayBeDate(text, year)) return undefined;
  const from = Math.max(0, year - DATE);
  const date = WRITTEN.exec(text.slice(from, year + 4));
  if (date === null) return undefined;
  const start = from + date.index;
  const before = `${name} ${text.slice(Math.max(0, start - BEFORE), start)}`.toLowerCase();
  return BORN.test(before) ? start : undefined;
}
