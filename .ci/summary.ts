import { existsSync, readFileSync } from 'node:fs';

/** `summary.ts FAILED REPORT…`: adds up vitest's JSON reports and says in the last line what passed. */
const [failedBefore, ...reports] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const report of reports) {
  if (!existsSync(report)) {
    console.log(`no report ${report}: that run did not get to its end`);
    failed += 1;
    continue;
  }
  const { numPassedTests, numFailedTests, success } = JSON.parse(readFileSync(report, 'utf8'));
  passed += numPassedTests;
  failed += numFailedTests;
  // A file that does not load fails without a failed test.
  if (!success && numFailedTests === 0) failed += 1;
}
if (failedBefore !== '0' && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
