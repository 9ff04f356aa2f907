import type { Probe } from '../../api/kinds.ts';
import { selectorMatches } from '../../api/label-selector.ts';
import { DocumentIssues, type ManifestIssue } from '../manifests/document-issues.ts';
import type { Position } from '../manifests/yaml-source.ts';
import type { OfflinePolicies } from '../policies/offline-policies.ts';
import { type OpenQuestion, openQuestions } from '../policies/open-questions.ts';
import { demandedLabels } from '../policies/pod-labels.ts';
import type { Verdict } from '../policies/verdict.ts';
import type { CaseProbes } from './case-probe.ts';
import { type Difference, differences } from './expectation.ts';
import type { FoundTest } from './find-tests.ts';
import { requesterOf, type TestCase } from './schema.ts';

/** What came of one case. */
export interface CaseResult {
  /** Name of the test that it is of. */
  readonly test: string;
  readonly name: string;
  readonly file: string;
  readonly position: Position;
  readonly hasPassed: boolean;
  /** Undefined where it could not be decided. */
  readonly verdict?: Verdict;
  readonly differences: readonly PlacedDifference[];
  /** What keeps it from being decided. */
  readonly issues: readonly ManifestIssue[];
  /** What the case leaves open. */
  readonly open: readonly OpenQuestion[];
}

/** A difference, and where in the file it is expected otherwise. */
export type PlacedDifference = Difference & Position;

/** @param index of the case in its test. */
export async function runCase(
  index: number,
  one: TestCase,
  found: FoundTest,
  policies: OfflinePolicies,
  probes: CaseProbes,
): Promise<CaseResult> {
  const { document, file, test } = found;
  const at = ['cases', index];
  const head = { test: test.metadata.name, name: one.name, file, position: document.position([...at, 'name']) };
  const undecided = (issues: readonly ManifestIssue[]): CaseResult => {
    return { ...head, hasPassed: false, differences: [], issues, open: [] };
  };
  const { probe, issues } = await probes.of(one, at, found);
  if (probe === undefined) return undecided(issues);
  const { podLabels, namespaceLabels, approvedBy } = one;
  const requester = requesterOf(one.requester);
  const approval = approvedBy && { ...approvedBy, approver: requesterOf(approvedBy) };
  const question = { probe, requester, podLabels, namespaceLabels, approval };
  const open = openQuestions(policies, question);
  const isPodAsked = open.some(({ about }) => about === 'podLabels');
  const complaint = podComplaint(probe, podLabels, isPodAsked);
  if (complaint !== undefined) {
    const complaints = new DocumentIssues(document, file, `PolicyTest ${test.metadata.name}`);
    complaints.add([...at, 'podLabels'], complaint);
    return undecided(complaints.list);
  }
  const verdict = policies.decide(question);
  const placed = differences(one.expect, verdict).map((difference) => {
    return { ...difference, ...document.position([...at, 'expect', ...difference.field.split('.')]) };
  });
  return { ...head, hasPassed: placed.length === 0, verdict, differences: placed, issues: [], open };
}

/** Of which pod the case is must be clear where policies ask for it. */
function podComplaint(probe: Probe, podLabels: TestCase['podLabels'], isPodAsked: boolean): string | undefined {
  if (podLabels === undefined) {
    if (!isPodAsked || demandedLabels(probe) !== undefined) return undefined;
    return 'the labels of a pod are needed: policies select pods by them, and the probe does not say them';
  }
  const { selector } = probe.spec.target;
  if (selector === undefined || selectorMatches(selector, podLabels)) return undefined;
  return 'spec.target.selector of the probe does not match a pod with these labels, so it would not be in it';
}
