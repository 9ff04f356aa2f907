import type { ManifestIssue, Manifests } from '../local/manifests/manifests.ts';
import type { DecidedManifest, DecidedManifests } from '../local/policies/decide-manifests.ts';
import { recordOf } from '../local/policies/verdict-record.ts';
import type { Paint } from '../local/terminal/paint.ts';
import { count, issueLine } from './issue-line.ts';

/** What `davylamp lint` has found. */
export interface Linted {
  readonly manifests: Manifests;
  /** Those of the manifests, of the policies, and what these deny. */
  readonly issues: readonly ManifestIssue[];
  /** Undefined where no policies were asked. */
  readonly decided: DecidedManifests | undefined;
}

/** A line for each problem and warning, and what was looked at. */
export function lintReport({ manifests, issues, decided }: Linted, paint: Paint): string {
  const { decisions = [], notes = [] } = decided ?? {};
  const warnings = warningsOf(decisions);
  const lines = [
    ...issues.map((issue) => issueLine(issue, paint)),
    ...warnings.map((issue) => issueLine(issue, paint, paint.warn('warning'))),
    ...notes.map((note) => paint.dim(`note: ${note}`)),
  ];
  const denied = decisions.filter(({ denials }) => denials.length > 0).length;
  const allowed = manifests.probes.length - denied;
  const good = describeCounts(manifests, allowed);
  const skipped = manifests.others === 0 ? '' : paint.dim(`, ${count(manifests.others, 'other object')} not looked at`);
  const warned = warnings.length === 0 ? '' : `, ${count(warnings.length, 'warning')}`;
  if (issues.length === 0) lines.push(`${paint.good('✓')} ${good}, nothing wrong${warned}${skipped}`);
  else {
    const verb = allowed + manifests.policies.length > 1 ? 'are' : 'is';
    lines.push(`${paint.bad('✗')} ${count(issues.length, 'problem')}${warned}; ${good} ${verb} right${skipped}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The same for programs. */
export function lintRecord({ manifests: { files, probes, policies }, issues, decided }: Linted): object {
  const found = { files, probes: probes.length, policies: policies.length, issues };
  if (decided === undefined) return found;
  const { notes, decisions } = decided;
  return {
    ...found,
    warnings: warningsOf(decisions),
    notes,
    decisions: decisions.map(({ loaded: { file, probe }, verdict }) => {
      const { namespace, name } = probe.metadata;
      return { file, kind: probe.kind, namespace, name, ...recordOf(verdict) };
    }),
  };
}

const warningsOf = (decisions: readonly DecidedManifest[]): ManifestIssue[] =>
  decisions.flatMap(({ holds, cuts }) => [...holds, ...cuts]);

function describeCounts({ files, policies }: Manifests, probes: number): string {
  const counted = [
    ...(probes > 0 ? [count(probes, 'probe')] : []),
    ...(policies.length > 0 ? [policies.length === 1 ? '1 policy' : `${policies.length} policies`] : []),
  ];
  return `${counted.join(' and ') || 'no probe'} in ${count(files.length, 'file')}`;
}
