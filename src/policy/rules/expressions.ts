import type { Rule } from '../rule.ts';

/** Every expression must be valid and free of side effects. The first error is the one that is reported. */
export const expressions: Rule = ({ issues }) => {
  const [issue] = issues;
  if (issue === undefined) return undefined;
  const { field, message, reason } = issue;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return { reason, message: `${message.startsWith(field) ? '' : `${field}: `}${message}${more}`, stalled: true };
};
