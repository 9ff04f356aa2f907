import type { Policy, PolicySpec } from '../api/policy.ts';
import type { FieldIssue } from '../expression/check-probe.ts';
import { compileGlob } from '../redaction/patterns/glob.ts';
import { parseLinearPattern } from '../redaction/patterns/linear-pattern.ts';
import { oneLine } from './one-line.ts';
import type { PolicyView } from './policy-view.ts';

const checked = new WeakMap<PolicySpec, readonly FieldIssue[]>();

/** What is wrong with a policy beyond its schema: patterns that cannot be read. One that has an issue denies everything it is about. */
export function checkPolicy({ spec }: Pick<Policy, 'spec'>): readonly FieldIssue[] {
  const issues = checked.get(spec) ?? [...checkRules(spec), ...checkPatterns(spec.redaction)];
  checked.set(spec, issues);
  return issues;
}

/** Why the policy cannot be enforced; undefined where it can. */
export function problemOf(policy: PolicyView): string | undefined {
  const [issue] = checkPolicy(policy);
  return policy.unreadable ?? (issue && `${issue.field}: ${issue.message}`);
}

/** What is wrong with the patterns of `spec.redaction`, of a policy or of a probe. */
export function checkPatterns(
  redaction: { readonly patterns?: readonly string[] | undefined } | undefined,
): FieldIssue[] {
  return (redaction?.patterns ?? []).flatMap((pattern, index) =>
    caught(`spec.redaction.patterns[${index}]`, pattern, () => parseLinearPattern(pattern)),
  );
}

/** Most characters of all patterns of places in one policy, and in all that govern one probe: they are compiled and matched where everything else waits. */
const MOST_PLACE_CHARACTERS = 8192;
export const MOST_GOVERNING_PLACE_CHARACTERS = 4 * MOST_PLACE_CHARACTERS;

/** Characters of all patterns of places that a policy has. */
export function placeCharacters({ rules = [] }: PolicySpec): number {
  const patterns = rules.flatMap(({ files = [], functions = [], packages = [] }) =>
    [files, functions, packages].flat(),
  );
  return patterns.reduce((sum, { length }) => sum + length, 0);
}

function checkRules(spec: PolicySpec): FieldIssue[] {
  const { rules = [] } = spec;
  const length = placeCharacters(spec);
  if (length > MOST_PLACE_CHARACTERS) {
    const message = `its files, functions and packages have ${length} characters together; at most ${MOST_PLACE_CHARACTERS} can be enforced: write fewer, or shorter ones with stars`;
    return [{ field: 'spec.rules', reason: 'PatternInvalid', message }];
  }
  return rules.flatMap((rule, index) => {
    const check = (name: 'files' | 'functions' | 'packages', separator: '/' | undefined) =>
      (rule[name] ?? []).flatMap((glob, at) =>
        caught(`spec.rules[${index}].${name}[${at}]`, glob, () => compileGlob(glob, separator)),
      );
    return [...check('files', '/'), ...check('functions', undefined), ...check('packages', undefined)];
  });
}

function caught(field: string, text: string, read: () => unknown): FieldIssue[] {
  try {
    read();
    return [];
  } catch (error) {
    const reason = 'PatternInvalid';
    const message = `${JSON.stringify(text)}: ${error instanceof Error ? error.message : String(error)}`;
    return [{ field, reason, message: oneLine(message) }];
  }
}
