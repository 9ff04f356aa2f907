import type { LogLine } from '../protocol/logline.ts';
import type { ManifestIssue } from './manifests.ts';
import type { SessionProbe } from './session.ts';
import { standingOf } from './terminal/probe-standing.ts';
import type { TextReporter } from './terminal/text-reporter.ts';

/** Where a local run tells what happens; text for people, or JSON lines for programs. */
export interface Reporter {
  result(line: LogLine): void;
  /** @param settled nothing has changed for a moment, so that even `waiting` is worth a line. */
  standings(probes: readonly SessionProbe[], settled: boolean): void;
  note(text: string): void;
  issues(issues: readonly ManifestIssue[]): void;
}

export function describeIssue({ file, line, column, object, field, message }: ManifestIssue): string {
  const subject = [object, field].filter(Boolean).join(' ');
  return `${file}:${line}:${column}: ${subject === '' ? '' : `${subject}: `}${message}`;
}

export function createTextReporter(text: TextReporter): Reporter {
  return {
    result: (line) => (line.capture === undefined ? text.log(line) : text.snapshot(line)),
    standings: (probes, settled) =>
      text.standings(settled ? probes : probes.filter((probe) => standingOf(probe)?.mark !== 'waiting')),
    note: (message) => text.note(message),
    issues: (issues) => {
      for (const issue of issues) text.note(describeIssue(issue));
    },
  };
}

/**
 * Results as JSON lines ({@link LogLine}), exactly like the agent's log in a cluster; everything else goes to `tell`,
 * which is standard error.
 */
export function createJsonReporter(write: (text: string) => void, tell: (text: string) => void): Reporter {
  const said = new Map<string, string>();
  return {
    result: (line) => write(`${JSON.stringify(line)}\n`),
    standings: (probes, settled) => {
      for (const probe of probes) {
        const standing = standingOf(probe);
        if (standing === undefined || (standing.mark === 'waiting' && !settled)) continue;
        const text = `${probe.probe.metadata.name}: ${standing.text}${standing.location === undefined ? '' : ` at ${standing.location}`}`;
        if (said.get(probe.uid) === text) continue;
        said.set(probe.uid, text);
        tell(`davylamp: ${text}\n`);
      }
    },
    note: (message) => tell(`davylamp: ${message}\n`),
    issues: (issues) => {
      for (const issue of issues) tell(`${describeIssue(issue)}\n`);
    },
  };
}
