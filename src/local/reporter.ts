import type { LogLine } from '../protocol/log-line.ts';
import type { ManifestIssue } from './manifests/manifests.ts';
import type { SessionProbe } from './session.ts';
import { displayedState } from './terminal/displayed-state.ts';
import { endOf } from './terminal/probe-end.ts';
import type { TextReporter } from './terminal/text-reporter.ts';

/** Output of a local run: text for people, or JSON lines for programs. */
export interface Reporter {
  result(line: LogLine): void;
  /** Reports the states of probes, as far as they have changed. */
  states(probes: readonly SessionProbe[]): void;
  /** Reports what became of each probe, at the end of the run. */
  ends(probes: readonly SessionProbe[]): void;
  note(text: string): void;
  issues(issues: readonly ManifestIssue[]): void;
}

export function describeIssue({ file, line, column, object, field, message }: ManifestIssue): string {
  const subject = [object, field].filter(Boolean).join(' ');
  return `${file}:${line}:${column}: ${subject === '' ? '' : `${subject}: `}${message}`;
}

export function createTextReporter(text: TextReporter): Reporter {
  return {
    result: (line) => text.result(line),
    states: (probes) => text.states(probes),
    ends: (probes) => text.ends(probes),
    note: (message) => text.note(message),
    issues: (issues) => {
      for (const issue of issues) text.note(describeIssue(issue));
    },
  };
}

/**
 * Results as JSON lines ({@link LogLine}), exactly like the agent's log in a cluster; everything else goes to `tell`,
 * which writes to standard error.
 */
export function createJsonReporter(write: (text: string) => void, tell: (text: string) => void): Reporter {
  const said = new Map<string, string>();
  return {
    result: (line) => write(`${JSON.stringify(line)}\n`),
    states: (probes) => {
      for (const probe of probes) {
        const state = displayedState(probe);
        if (state === undefined) continue;
        const text = `${probe.probe.metadata.name}: ${state.text}${state.location === undefined ? '' : ` at ${state.location}`}`;
        if (said.get(probe.uid) === text) continue;
        said.set(probe.uid, text);
        tell(`davylamp: ${text}\n`);
      }
    },
    ends: (probes) => {
      for (const probe of probes) tell(`davylamp: ${probe.probe.metadata.name}: at the end: ${endOf(probe)}\n`);
    },
    note: (message) => tell(`davylamp: ${message}\n`),
    issues: (issues) => {
      for (const issue of issues) tell(`${describeIssue(issue)}\n`);
    },
  };
}
