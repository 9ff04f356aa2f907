import type { ManifestIssue } from './document-issues.ts';
import type { YamlDocument } from './yaml-source.ts';

/** As much of an object as tells it from others. */
interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

/** In which file each object is, so that one that is there twice is told: the API server would keep the later one only. */
export class SeenObjects {
  readonly #files = new Map<string, string>();

  /** @returns what is wrong where the object was seen before. */
  add({ kind, metadata: { name, namespace } }: Named, file: string, document: YamlDocument): ManifestIssue | undefined {
    const key = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
    const before = this.#files.get(key);
    this.#files.set(key, file);
    if (before === undefined) return undefined;
    const message = `${key} is in ${before} too; the later one would replace the earlier`;
    return { file, ...document.position(['metadata', 'name']), field: 'metadata.name', message };
  }
}
