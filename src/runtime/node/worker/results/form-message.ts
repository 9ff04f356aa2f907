import type { TemplatePart } from '../../../../expression/template.ts';
import { renderMessageValue } from '../../../../protocol/render/render-message.ts';
import type { Redactor } from '../../../../redaction/redactor.ts';
import type { Evaluated } from '../../channel/raw-values.ts';

/** Characters of one placeholder; the message as a whole is bounded by limits.payloadBytes. */
const MAX_PLACEHOLDER = 1024;
/** Characters of what an expression threw, or of why it was refused. */
export const MAX_FAILURE = 255;

/** The parts of a message, each redacted; together they are looked at once more ({@link Redactor.message}). */
export function formMessage(
  template: readonly TemplatePart[],
  values: readonly Evaluated[],
  redactor: Redactor,
): string[] {
  let next = 0;
  return template.map((part) => {
    if ('text' in part) return part.text;
    const value = values[next++];
    if (value === undefined) return '<not evaluated>';
    const { cuts } = value;
    if ('failure' in value) return `<${redactor.failure(value.failure, MAX_FAILURE, cuts)}>`;
    const plain = redactor.plainText(part.expression, value.value, cuts);
    return plain ?? renderMessageValue(redactor.expression(part.expression, value.value, cuts), MAX_PLACEHOLDER);
  });
}
