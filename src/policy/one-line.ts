import { stripVTControlCharacters } from 'node:util';

const BLANK_LINES = /\n(?:[ \t\r]*\n)+/;
/** White space, control characters, and separators of lines. */
const GAPS = /[\s\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** What turns the direction of the text around it, so that it reads as something else. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

/** Free text of a user, as it stands within a sentence of ours: without line breaks and control characters. A paragraph ends its sentence. */
export function oneLine(text: string): string {
  const paragraphs = stripVTControlCharacters(text)
    .replace(TURNS, '')
    .split(BLANK_LINES)
    .map((paragraph) => paragraph.replace(GAPS, ' ').trim())
    .filter((paragraph) => paragraph !== '');
  return paragraphs.reduce((all, next) => `${all}${/\p{P}$/u.test(all) ? '' : '.'} ${next}`, paragraphs.shift() ?? '');
}

/** The text with a full stop, unless a sentence ends with it anyway. */
export function endSentence(text: string): string {
  return /[.!?…][)"'”’»]?$/.test(text) ? text : `${text}.`;
}
