import { existsSync, readFileSync } from 'node:fs';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** Enough to know what failed where the whole output was cut; a failed comparison of a pod's log has thousands of characters. */
const MOST_CHARACTERS = 600;

const short = (text: string): string => text.slice(0, MOST_CHARACTERS).replaceAll('\n', '\n    ');

/** Says again what failed, as only the end of a long output may be kept. */
function tellFailures({ testResults }: Report): void {
  for (const { name, status, message, assertionResults } of testResults) {
    const failures = assertionResults.filter((test) => test.status === 'failed');
    for (const { fullName, failureMessages = [] } of failures)
      console.log(`failed: ${name}: ${fullName}\n    ${short(failureMessages.join('\n'))}`);
    if (status === 'failed' && failures.length === 0) console.log(`failed: ${name}\n    ${short(message)}`);
  }
}

/** `summary.ts FAILED REPORT…`: adds up vitest's JSON reports and says in the last line what passed. */
const [failedBefore, ...reports] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const path of reports) {
  if (!existsSync(path)) {
    console.log(`no report ${path}: that run did not get to its end`);
    failed += 1;
    continue;
  }
  const report: Report = JSON.parse(readFileSync(path, 'utf8'));
  const { numPassedTests, numFailedTests, success } = report;
  tellFailures(report);
  passed += numPassedTests;
  failed += numFailedTests;
  // A file that does not load, or an error outside of every test, fails without a failed test.
  if (!success && numFailedTests === 0) {
    console.log(`failed: something outside of the tests of ${path}, see above`);
    failed += 1;
  }
}
if (failedBefore !== '0' && failed === 0) {
  console.log('failed: a step that has no report of tests, see above');
  failed = 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
