import type { TemplatePart } from '../../../../expression/template.ts';
import type { LogResult, SnapshotResult } from '../../../../protocol/result.ts';
import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import type { Redactor } from '../../../../redaction/redactor.ts';
import type { Notice } from '../../channel/notices.ts';
import type { Naming } from '../sources/names/naming.ts';
import type { Scripts } from '../sources/scripts.ts';
import { fitText } from './fit-value.ts';
import { formCapture } from './form-capture.ts';
import { formMessage } from './form-message.ts';
import { redactorOf } from './redactor-of.ts';

/** A result to which its process gives the next number when it goes out. */
export type UnnumberedResult = Omit<LogResult, 'sequence'> | Omit<SnapshotResult, 'sequence'>;

/** The part of a result that differs between kinds. */
type Content = Pick<LogResult, 'kind' | 'log'> | Pick<SnapshotResult, 'kind' | 'capture'>;

type Hit = Extract<Notice, { type: 'hit' }>;

/** What is known of the code around a hit, and what is hidden. */
interface Around {
  readonly template: readonly TemplatePart[];
  readonly scripts: Scripts;
  readonly naming: Naming;
  readonly redactor: Redactor;
}

/** Makes the result of a hit, without its number; undefined when it cannot be cut to limits.payloadBytes. */
export function formResult(
  hit: Hit,
  probe: WireProbe,
  template: readonly TemplatePart[],
  scripts: Scripts,
  naming: Naming,
  instanceID: string,
): UnnumberedResult | undefined {
  const redactor = redactorOf(probe);
  const base = {
    uid: hit.uid,
    generation: hit.generation,
    instanceID,
    time: hit.time,
    redactionHash: redactor.hash,
    location: redactor.text(scripts.show(hit.site.scriptId, hit.site)).slice(0, 600),
    traceID: hit.trace?.traceID,
    spanID: hit.trace?.spanID,
  };
  const content = contentOf(hit, probe, { template, scripts, naming, redactor });
  return content === 'tooLarge' ? undefined : { ...base, ...content };
}

function contentOf(hit: Hit, probe: WireProbe, { template, scripts, naming, redactor }: Around): Content | 'tooLarge' {
  const { kind } = probe;
  const { payloadBytes } = probe.limits;
  switch (kind) {
    case 'DynamicLog': {
      const text = redactor.message(formMessage(template, hit.values, redactor));
      return { kind, log: { level: probe.level, message: fitText(text, payloadBytes) } };
    }
    case 'Snapshot': {
      // A hit of a Snapshot without a capture gives no result.
      if (hit.capture === undefined) return 'tooLarge';
      const capture = formCapture(hit.capture, hit.values, probe, payloadBytes, scripts, naming, redactor);
      return capture === undefined ? 'tooLarge' : { kind, capture };
    }
  }
}
