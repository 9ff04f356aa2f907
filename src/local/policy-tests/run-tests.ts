import { dirname, join } from 'node:path';
import { DocumentIssues, type ManifestIssue } from '../manifests/document-issues.ts';
import { UnreadableError } from '../manifests/unreadable.ts';
import { type LoadedPolicies, loadOfflinePolicies, NoPoliciesError } from '../policies/offline-policies.ts';
import { describeOpenQuestions } from '../policies/open-questions.ts';
import { CaseProbes } from './case-probe.ts';
import { type FoundTest, findTests } from './find-tests.ts';
import { type CaseResult, runCase } from './run-case.ts';

export interface TestRun {
  readonly cases: readonly CaseResult[];
  /** What is wrong with tests, and with the policies that they name; their cases are not run. */
  readonly issues: readonly ManifestIssue[];
  /** What cases leave open. */
  readonly notes: readonly string[];
}

/**
 * Runs every case below the paths.
 * @throws UnreadableError, NoTestsError
 */
export async function runPolicyTests(paths: readonly string[]): Promise<TestRun> {
  const found = await findTests(paths);
  const issues = new Set(found.issues);
  const cases: CaseResult[] = [];
  const sources = new PolicySources();
  const probes = new CaseProbes();
  for (const test of found.tests) {
    const loaded = await sources.of(test);
    for (const issue of loaded.issues) issues.add(issue);
    if (loaded.policies === undefined) continue;
    for (const [index, one] of test.test.cases.entries())
      cases.push(await runCase(index, one, test, loaded.policies, probes));
  }
  return { cases, issues: [...issues], notes: describeOpenQuestions(cases.flatMap(({ open }) => open)) };
}

/** The policies of tests. Many tests are about the same ones, which are read once. */
class PolicySources {
  readonly #loaded = new Map<string, LoadedPolicies>();

  async of({ file, document, test }: FoundTest): Promise<LoadedPolicies> {
    const inDirectory = (path: string): string => join(dirname(file), path);
    const paths = (test.policies ?? []).map(inDirectory);
    const defaultFile = test.defaultPolicy === undefined ? undefined : inDirectory(test.defaultPolicy);
    const key = JSON.stringify([paths, defaultFile]);
    const known = this.#loaded.get(key);
    if (known !== undefined) return known;
    try {
      const loaded = await loadOfflinePolicies(paths, defaultFile);
      this.#loaded.set(key, loaded);
      return loaded;
    } catch (error) {
      if (!(error instanceof UnreadableError || error instanceof NoPoliciesError)) throw error;
      const issues = new DocumentIssues(document, file, `PolicyTest ${test.metadata.name}`);
      issues.add(['policies'], error.message);
      return { issues: issues.list };
    }
  }
}
