import { inspect } from 'node:util';
import type { z } from 'zod';
import { cutText } from '../../api/cut-text.ts';
import type { Path, Position, YamlDocument } from './yaml-source.ts';

/** One error in a manifest, and where it is. Line and column count from 1. */
export interface ManifestIssue {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `DynamicLog large-orders`, as far as it is known. */
  readonly object?: string;
  /** `spec.location.line`; empty for the whole document. */
  readonly field: string;
  readonly message: string;
}

/** What is wrong with one object of a file, each at its position. */
export class DocumentIssues {
  readonly list: ManifestIssue[] = [];
  readonly #document: YamlDocument;
  readonly #file: string;
  readonly #object: string;

  /** @param object as messages call it: `DynamicLog large-orders`. */
  constructor(document: YamlDocument, file: string, object: string) {
    this.#document = document;
    this.#file = file;
    this.#object = object;
  }

  /** @param aboutKey the key is wrong, not its value. */
  add(path: Path, message: string, aboutKey = false): void {
    const position = aboutKey ? this.#document.keyPosition(path) : this.#document.position(path);
    this.list.push({ file: this.#file, ...position, object: this.#object, field: fieldName(path), message });
  }

  /** Adds what the schema has against the object. */
  addSchemaIssues(error: z.ZodError | undefined): void {
    for (const issue of error?.issues ?? []) {
      const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
      this.add(path, explain(issue, valueAt(this.#document.value, path)));
    }
  }
}

/** Where a field is in a document: `spec.watch[1]`. */
export function positionOf(document: YamlDocument, field: string): Position {
  return document.position(fieldPath(field));
}

/** `spec.watch[1]` of ['spec', 'watch', 1]. */
function fieldName(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

/** ['spec', 'watch', 1] of `spec.watch[1]`. */
export function fieldPath(field: string): Path {
  return [...field.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map((match) => match[1] ?? Number(match[2]));
}

/** zod's message, with the value that it is about. */
function explain(issue: z.core.$ZodIssue, value: unknown): string {
  const message = issue.message.replace(/^Invalid input: /, '');
  if (value === undefined) return issue.code === 'invalid_type' ? 'required field is missing' : message;
  // What our own rules say of an object names its fields.
  if (issue.code === 'custom' && typeof value === 'object') return message;
  return `${message}, but it is ${cutText(shown(value), 80)}`;
}

/** A primitive as JSON; the first level of lists and objects, since anchors of YAML make huge and even circular ones of a few lines. */
function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value);
  const options = { depth: 1, maxArrayLength: 10, maxStringLength: 80 };
  return inspect(value, { ...options, breakLength: Number.POSITIVE_INFINITY, compact: true });
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.getOwnPropertyDescriptor(at, part)?.value;
  }
  return at;
}
