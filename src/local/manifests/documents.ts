import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ManifestIssue } from './document-issues.ts';
import { readable } from './unreadable.ts';
import { documentAt, parseYaml, type YamlDocument, YamlSyntaxError } from './yaml-source.ts';

/** The objects of one file, or why there are none. */
export interface FileDocuments {
  readonly documents: readonly YamlDocument[];
  /** What keeps it from being YAML. */
  readonly issues: readonly ManifestIssue[];
}

/**
 * Every object of a file, those of lists included.
 * @throws UnreadableError
 */
export async function readDocuments(file: string): Promise<FileDocuments> {
  return documentsOf(await readable(file, readFile(file, 'utf8')), file);
}

/** Every object of a file's text. */
export function documentsOf(text: string, file: string): FileDocuments {
  try {
    return { documents: parseYaml(text, file).flatMap(itemsOf), issues: [] };
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    const issue = { file, ...error.position, field: '', message: `not YAML: ${error.message}` };
    return { documents: [], issues: [issue] };
  }
}

const listSchema = z.object({ kind: z.string().endsWith('List'), items: z.array(z.unknown()) });

/** The objects of a `kind: List`, as kubectl prints and applies it; any other document is one object. */
function itemsOf(document: YamlDocument): YamlDocument[] {
  const list = listSchema.safeParse(document.value);
  if (!list.success) return [document];
  return list.data.items.flatMap((item, index) => itemsOf(documentAt(document, ['items', index], item)));
}
