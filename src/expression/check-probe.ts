import { cutText } from '../api/cut-text.ts';
import { type ExpressionForm, KINDS, type Probe, type ProbeKind } from '../api/kinds.ts';
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

/** One expression, or one message with expressions in it, where it stands in a manifest. */
export interface ExpressionField {
  /** spec.condition, spec.watch[1]. */
  readonly field: string;
  readonly form: ExpressionForm;
  readonly text: string;
}

const MAX_QUOTED = 80;

function quote(text: string): string {
  return `"${cutText(text, MAX_QUOTED)}"`;
}

function issue(field: string, text: string, error: ExpressionError): FieldIssue {
  // Offsets count UTF-16 units; people count characters, some of which are two units.
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

function checkTemplate(language: Language, at: At, field: string, text: string): FieldIssue[] {
  try {
    return parseTemplate(text, language).flatMap((part) =>
      'text' in part ? [] : checkOne(language, at, field, part.expression, text, part.offset),
    );
  } catch (error) {
    return [caught(field, text, 0, error)];
  }
}

/**
 * Everything about the expressions of a probe that is wrong in any process, for the operator, `davylamp lint` and local
 * mode. Each message names the text, the position (counted from 1), the rule, and what to write instead.
 * @param languages of the processes that the probe is for; where there is none, no issue is found here, and the runtime decides.
 */
export function checkProbe({ kind, spec }: Probe, languages: readonly Language[]): FieldIssue[] {
  return checkExpressions(expressionFields(kind, spec), spec.location.at, languages);
}

/** The expressions of a probe. @param spec as written, which may be invalid: a field that should be text and is not is left out. */
export function expressionFields(kind: ProbeKind, spec: Readonly<Record<string, unknown>>): ExpressionField[] {
  return Object.entries(KINDS[kind].expressions).flatMap(([name, form]) => {
    const value = spec[name];
    const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
    return texts.flatMap((text, index) => {
      if (typeof text !== 'string') return [];
      return [{ field: Array.isArray(value) ? `spec.${name}[${index}]` : `spec.${name}`, form, text }];
    });
  });
}

/** As {@link checkProbe}, for the expressions of a manifest that may be invalid otherwise. @param at of its `spec.location`. */
export function checkExpressions(
  fields: readonly ExpressionField[],
  at: At,
  languages: readonly Language[],
): FieldIssue[] {
  let first: FieldIssue[] | undefined;
  for (const language of languages) {
    const issues = fields.flatMap(({ field, form, text }) =>
      form === 'template' ? checkTemplate(language, at, field, text) : checkOne(language, at, field, text),
    );
    // An expression that is right in one of the languages is accepted: processes of the others refuse the probe themselves.
    if (issues.length === 0) return [];
    first ??= issues;
  }
  return first ?? [];
}
