import { resolve } from 'node:path';
import { GROUP } from '../../api/kinds.ts';
import { RESOURCE_KINDS } from '../../api/resources.ts';
import { DocumentIssues, type ManifestIssue } from '../manifests/document-issues.ts';
import { documentsOf } from '../manifests/documents.ts';
import { manifestTree } from '../manifests/manifest-tree.ts';
import { headOf } from '../manifests/object-head.ts';
import { POLICY_TEST_KIND, unknownKind } from '../manifests/read-document.ts';
import { objectForm, readObject } from '../manifests/read-object.ts';
import { readTexts } from '../manifests/read-texts.ts';
import type { YamlDocument } from '../manifests/yaml-source.ts';
import { type PolicyTest, policyTestSchema } from './schema.ts';

/** A test, and the text that it stands in. */
export interface FoundTest {
  readonly file: string;
  readonly document: YamlDocument;
  readonly test: PolicyTest;
}

export interface FoundTests {
  readonly tests: readonly FoundTest[];
  readonly issues: readonly ManifestIssue[];
}

/** Also with a slip in it, which is told. */
const NAMES_TEST = new RegExp(POLICY_TEST_KIND, 'i');
const FORM = objectForm(policyTestSchema, []);

/** A path below which nothing is tested: a check that checks nothing must not pass. */
export class NoTestsError extends Error {
  constructor(path: string) {
    super(`there is no ${POLICY_TEST_KIND} in ${path}; give the files or directories in which the cases are`);
    this.name = 'NoTestsError';
  }
}

/**
 * Every PolicyTest below the paths, at any depth. Other objects are passed over, and so are files that never name one: trees hold
 * templates too, which are no YAML.
 * @throws UnreadableError, NoTestsError
 */
export async function findTests(paths: readonly string[]): Promise<FoundTests> {
  const files = new Set<string>();
  const tests: FoundTest[] = [];
  const issues: ManifestIssue[] = [];
  for (const path of paths) {
    let isTested = false;
    for (const { file, text } of await readTexts(await manifestTree([path]))) {
      if (!NAMES_TEST.test(text)) continue;
      const found = testsOf(text, file);
      isTested ||= found.tests.length + found.issues.length > 0;
      if (files.has(resolve(file))) continue;
      files.add(resolve(file));
      tests.push(...found.tests);
      issues.push(...found.issues);
    }
    if (!isTested) throw new NoTestsError(path);
  }
  return { tests, issues };
}

function testsOf(text: string, file: string): FoundTests {
  const { documents, issues } = documentsOf(text, file);
  const read = documents.flatMap((document) => {
    const head = headOf(document);
    if (head?.group !== GROUP || RESOURCE_KINDS.some((kind) => kind === head.kind)) return [];
    if (head.kind === POLICY_TEST_KIND) return [{ document, ...readObject(document, file, head.title, FORM) }];
    const found = new DocumentIssues(document, file, head.title);
    found.add(['kind'], unknownKind(head.kind));
    return [{ document, object: undefined, issues: found.list }];
  });
  return {
    tests: read.flatMap(({ document, object }) => (object === undefined ? [] : [{ file, document, test: object }])),
    issues: [...issues, ...read.flatMap((one) => one.issues)],
  };
}
