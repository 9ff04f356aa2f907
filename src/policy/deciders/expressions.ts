import type { Decider } from '../decider.ts';

/** Expressions must be such that a process can allow them. The first that is not is told of. */
export const expressions: Decider = ({ issues }) => {
  const [issue] = issues;
  if (issue === undefined) return undefined;
  const { field, message, reason } = issue;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return { reason, message: `${message.startsWith(field) ? '' : `${field}: `}${message}${more}`, stalled: true };
};
