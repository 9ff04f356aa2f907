import { cutText } from '../api/cut-text.ts';
import type { Probe } from '../api/kinds.ts';
import type { Reason } from '../api/reasons.ts';
import type { Language } from '../language/language.ts';
import { ExpressionError } from './expression-error.ts';
import { parseTemplate } from './template.ts';

/** `field` is a path as in the manifest: spec.message, spec.condition, spec.watch[1]. */
export interface FieldIssue {
  readonly field: string;
  readonly reason: Reason;
  readonly message: string;
}

type At = Probe['spec']['location']['at'];

/** The fields of a spec that hold expressions, and where they are evaluated. */
export interface Expressions {
  readonly at?: At;
  readonly message?: string;
  readonly condition?: string;
  readonly watch?: readonly string[];
}

const MAX_QUOTED = 80;

function quote(text: string): string {
  return `"${cutText(text, MAX_QUOTED)}"`;
}

function issue(field: string, text: string, error: ExpressionError): FieldIssue {
  // People count characters, of which some are two units long.
  const position = [...text.slice(0, error.offset)].length + 1;
  return { field, reason: error.reason, message: `${quote(text)}, character ${position}: ${error.message}` };
}

function caught(field: string, text: string, offset: number, error: unknown): FieldIssue {
  if (!(error instanceof ExpressionError)) throw error;
  return issue(field, text, new ExpressionError(error.reason, error.message, error.offset + offset));
}

function checkOne(
  language: Language,
  at: At,
  field: string,
  expression: string,
  text = expression,
  offset = 0,
): FieldIssue[] {
  try {
    const { usesReturn, usesError } = language.checkExpression(expression);
    if ((usesReturn || usesError) && at !== 'Exit') {
      const name = usesReturn ? '$return' : '$error';
      const position = Math.max(0, expression.indexOf(name));
      throw new ExpressionError(
        'ExpressionInvalid',
        `${name} is known only where a function ends; set spec.location.at to Exit, or leave it out`,
        position,
      );
    }
    return [];
  } catch (error) {
    return [caught(field, text, offset, error)];
  }
}

function checkMessage(language: Language, at: At, message: string): FieldIssue[] {
  try {
    return parseTemplate(message, language).flatMap((part) =>
      'text' in part ? [] : checkOne(language, at, 'spec.message', part.expression, message, part.offset),
    );
  } catch (error) {
    return [caught('spec.message', message, 0, error)];
  }
}

/**
 * Everything about the expressions of a probe that is wrong in any process, for the operator, `davylamp lint` and local
 * mode. Each message names the text, the position (counted from 1), the rule, and what to write instead.
 * @param languages of the processes that the probe is for; without one nothing is wrong here, and the runtime decides.
 */
export function checkProbe(probe: Probe, languages: readonly Language[]): FieldIssue[] {
  const { condition, location } = probe.spec;
  return checkExpressions({ at: location.at, condition, ...ownExpressions(probe) }, languages);
}

/** The fields that only one kind has. */
function ownExpressions({ kind, spec }: Probe): Expressions {
  switch (kind) {
    case 'DynamicLog':
      return { message: spec.message };
    case 'Snapshot':
      return { watch: spec.watch };
  }
}

/** The same of a manifest of which nothing else may be right. */
export function checkExpressions(expressions: Expressions, languages: readonly Language[]): FieldIssue[] {
  let first: FieldIssue[] | undefined;
  for (const language of languages) {
    const issues = checkIn(language, expressions);
    // Right in one of the languages: its processes take the probe, and those of the others say themselves that they do not.
    if (issues.length === 0) return [];
    first ??= issues;
  }
  return first ?? [];
}

function checkIn(language: Language, { at, message, condition, watch = [] }: Expressions): FieldIssue[] {
  return [
    ...(message === undefined ? [] : checkMessage(language, at, message)),
    ...(condition === undefined ? [] : checkOne(language, at, 'spec.condition', condition)),
    ...watch.flatMap((expression, index) => checkOne(language, at, `spec.watch[${index}]`, expression)),
  ];
}
