import { nameOfExpression } from '../../../../language/javascript/expression-name.ts';
import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import { Redactor } from '../../../../redaction/redactor.ts';

const redactors = new WeakMap<WireProbe, Redactor>();

/** The redactor of a probe, ready for its next result. */
export function redactorOf(probe: WireProbe): Redactor {
  const known = redactors.get(probe);
  if (known !== undefined) return known.begin();
  const redactor = new Redactor(nameOfExpression, probe.redaction);
  redactors.set(probe, redactor);
  return redactor;
}
