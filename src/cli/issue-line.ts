import type { ManifestIssue } from '../local/manifests/manifests.ts';
import { describeIssue } from '../local/reporter.ts';
import type { Paint } from '../local/terminal/paint.ts';

/** One problem of a manifest as one line, with its place set apart. @param mark what it is, unless it is an error. */
export function issueLine(issue: ManifestIssue, paint: Paint, mark?: string): string {
  const [place = '', ...rest] = describeIssue(issue).split(': ');
  return [paint.place(place), ...(mark === undefined ? [] : [mark]), ...rest].join(': ');
}

export const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
