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

/** Where a date of birth begins that has a word for its month and ends with the year at `year`. `name` is what the field is called. */
export function birthBefore(text: string, year: number, name: string): number | undefined {
  if (text.charCodeAt(year - 1) !== 32) return undefined;
  const from = Math.max(0, year - DATE);
  const date = WRITTEN.exec(text.slice(from, year + 4));
  if (date === null) return undefined;
  const start = from + date.index;
  const before = `${name} ${text.slice(Math.max(0, start - BEFORE), start)}`.toLowerCase();
  return BORN.test(before) ? start : undefined;
}
