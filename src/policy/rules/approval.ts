import { describePolicy } from '../policy-view.ts';
import type { Rule } from '../rule.ts';

/** A probe waits for approvals until its deadline, and is over then: whoever still wants it asks anew. */
export const approval: Rule = ({ approval: facts, now }) => {
  if (facts === undefined || facts.missing.length === 0) return undefined;
  const names = facts.missing.map(describePolicy).join(' and ');
  if (now >= facts.deadline) {
    const message = `Nobody approved it in time, as ${names} asks for; a change of its spec asks anew.`;
    return { reason: 'ApprovalExpired', message, stalled: true };
  }
  const until = new Date(facts.deadline).toISOString().replace(/\.\d+/, '');
  return { reason: 'AwaitingApproval', message: `It waits for an approval by ${names} until ${until}`, stalled: false };
};
