import { describeReason, recordOf } from '../local/policies/verdict-record.ts';
import type { CaseResult, PlacedDifference } from '../local/policy-tests/run-case.ts';
import type { TestRun } from '../local/policy-tests/run-tests.ts';
import type { Paint } from '../local/terminal/paint.ts';
import { count, issueLine } from './issue-line.ts';

/** What `davylamp policy test` says to people: a line for each case, and below it what is other than expected. */
export function testReport({ cases, issues, notes }: TestRun, paint: Paint): string {
  const lines = [
    ...issues.map((issue) => issueLine(issue, paint)),
    ...cases.flatMap((result) => caseLines(result, paint)),
    ...notes.map((note) => paint.dim(`note: ${note}`)),
    summary(cases, issues.length, paint),
  ];
  return `${lines.join('\n')}\n`;
}

/** The same for programs. */
export function testRecord({ cases, issues, notes }: TestRun): object {
  const passed = cases.filter(({ hasPassed }) => hasPassed).length;
  return {
    cases: cases.map(({ test, name, file, position, hasPassed, verdict, ...rest }) => ({
      test,
      case: name,
      file,
      ...position,
      passed: hasPassed,
      ...(verdict && recordOf(verdict)),
      differences: rest.differences,
      issues: rest.issues,
    })),
    issues,
    notes,
    passed,
    failed: cases.length - passed,
  };
}

function caseLines(result: CaseResult, paint: Paint): string[] {
  const { test, name, file, hasPassed, verdict, issues } = result;
  const mark = hasPassed ? paint.good('✓') : paint.bad('✗');
  const details = [
    ...issues.map((issue) => issueLine(issue, paint)),
    ...result.differences.map((difference) => differenceLine(file, difference, paint)),
    ...(hasPassed
      ? []
      : (verdict?.reasons ?? []).map((reason) => paint.dim(`${verdict?.decision} by ${describeReason(reason)}`))),
  ];
  return [`${mark} ${paint.dim(`${test}:`)} ${name}`, ...details.map((line) => `    ${line}`)];
}

function differenceLine(file: string, { line, column, field, wanted, came }: PlacedDifference, paint: Paint): string {
  const place = paint.place(`${file}:${line}:${column}`);
  return `${place}: ${field}: wanted ${paint.good(shown(wanted))}, came ${paint.bad(shown(came))}`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function summary(cases: readonly CaseResult[], problems: number, paint: Paint): string {
  const failed = cases.filter(({ hasPassed }) => !hasPassed).length;
  const all = count(cases.length, 'case');
  if (failed + problems === 0) return `${paint.good('✓')} ${all}, ${cases.length === 1 ? '' : 'all '}as expected`;
  const wrong = failed === 0 ? `${all} as expected` : `${failed} of ${all} not as expected`;
  const kept = problems === 0 ? '' : `; ${count(problems, 'problem')} kept others from being decided`;
  return `${paint.bad('✗')} ${wrong}${kept}`;
}
