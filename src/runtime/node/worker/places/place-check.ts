import { below, type ExpressionLevel, lowest } from '../../../../api/expression-level.ts';
import { allowsPlace, matchesPlace } from '../../../../policy/place-patterns.ts';
import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import { knownPlace, type PlaceInCode } from './known-place.ts';

type PlaceRules = NonNullable<WireProbe['places']>[number];
type PlaceRule = PlaceRules['allow'][number];
type DeniedPlace = PlaceRules['deny'][number];

/** What rules of policies leave at a place. */
export interface PlaceVerdict {
  /** Why nothing may be looked at there; undefined where it may. */
  readonly denied: string | undefined;
  /** How far expressions may go there, at most. */
  readonly calls: ExpressionLevel;
  readonly otherFrames: boolean;
}

/**
 * Whether the policies let a probe look at this place, as the process binds it: the position that a probe names may be bound to a file or a
 * function of which admission could not know. What cannot be told is denied.
 */
export function judgePlace(rules: readonly PlaceRules[], place: PlaceInCode): PlaceVerdict {
  let calls: ExpressionLevel = 'Checked';
  let otherFrames = true;
  for (const { policy, allow, deny } of rules) {
    for (const rule of deny) {
      if (!mayMatch(rule, place)) continue;
      if (rule.expressions !== undefined) calls = lowest(calls, below(rule.expressions));
      if (rule.otherFrames === true) otherFrames = false;
      if (rule.expressions === undefined && rule.otherFrames !== true) {
        return { denied: sentence(policy, rule, `${shown(place)} is denied`), calls, otherFrames };
      }
    }
    if (allow.length === 0) continue;
    const first = allow.find((rule) => allowsPlace(rule, knownPlace(place)));
    if (first === undefined) return { denied: `${policy}: no rule allows ${shown(place)}.`, calls, otherFrames };
    if (first.expressions !== undefined) calls = lowest(calls, first.expressions);
    if (first.otherFrames === false) otherFrames = false;
  }
  return { denied: undefined, calls, otherFrames };
}

const matches = (rule: PlaceRule, place: PlaceInCode): boolean => matchesPlace(rule, knownPlace(place));

/** For a rule that denies, functions that cannot be told may be any, and a file that cannot be told any of which its script is made. */
function mayMatch(rule: DeniedPlace, place: PlaceInCode): boolean {
  const { possibleFiles = [] } = place;
  const known = { ...place, files: [...place.files, ...possibleFiles] };
  const isUntold = place.functions === undefined || possibleFiles.length > 0;
  return matches(isUntold ? { ...rule, functions: undefined } : rule, known);
}

function sentence(policy: string, { rule, message }: PlaceRule, text: string): string {
  return `${policy}, rule ${rule}: ${text}.${message === undefined ? '' : ` ${message}`}`;
}

function shown({ files, functions }: PlaceInCode): string {
  const [file = 'code of which no file is known'] = files;
  const name = functions?.[0];
  return name === undefined ? file : `${name} of ${file}`;
}
