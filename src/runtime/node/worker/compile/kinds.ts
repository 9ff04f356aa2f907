import { parseTemplate, type TemplatePart } from '../../../../expression/template.ts';
import { placeholderEnd } from '../../../../language/javascript/placeholder-end.ts';
import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import { watchesOf } from './watches.ts';

/** What a kind of probe evaluates at a hit. */
export interface KindExpressions {
  /** Sources of the values, in their order. */
  readonly expressions: readonly string[];
  /** Parts of the message that the expressions are from; empty where there is no message. */
  readonly template: readonly TemplatePart[];
}

/** @throws ExpressionError for a message that cannot be read. */
export function expressionsOf(probe: WireProbe): KindExpressions {
  switch (probe.kind) {
    case 'DynamicLog': {
      const template = parseTemplate(probe.message, { placeholderEnd });
      const expressions = template.flatMap((part) => ('expression' in part ? [part.expression] : []));
      return { expressions, template };
    }
    case 'Snapshot':
      return { expressions: watchesOf(probe), template: [] };
  }
}

/** The field of the resource that the expressions are from. */
export function valuesFieldOf({ kind }: WireProbe): 'message' | 'watch' {
  switch (kind) {
    case 'DynamicLog':
      return 'message';
    case 'Snapshot':
      return 'watch';
  }
}

/** Whether the names of the source matter: not for a message that is text only. */
export function needsNames(probe: WireProbe): boolean {
  switch (probe.kind) {
    case 'DynamicLog':
      return probe.condition !== undefined || probe.message.includes('{');
    case 'Snapshot':
      return true;
  }
}

/** Whether variables and private fields are shown that no expression names. */
export function showsVariables({ kind }: WireProbe): boolean {
  switch (kind) {
    case 'DynamicLog':
      return false;
    case 'Snapshot':
      return true;
  }
}
