import type { PlaceRule } from '../api/effective-probe.ts';
import type { Location } from '../api/probe.ts';
import { compileGlob, type Glob } from '../redaction/patterns/glob.ts';

/** What is known of a place in the code. */
export interface KnownPlace {
  /** Paths by which the file is known: of the source, and of what was made of it. */
  readonly files: readonly string[];
  /** Qualified names of the function and of those around it. */
  readonly functions: readonly string[];
}

/** Compiled globs, the oldest first. */
const globs = new Map<string, Glob>();
/** Of all patterns that are kept compiled; each takes some hundred bytes. */
const MOST_CHARACTERS = 128 * 1024;
let characters = 0;

/** Whether the rule is about this place, as far as that is known: what is not known does not match. */
export function matchesPlace({ files, functions, packages }: PlaceRule, place: KnownPlace): boolean {
  return (
    (files === undefined || place.files.some((file) => files.some((pattern) => matchesFile(pattern, file)))) &&
    (functions === undefined || matchesAny(functions, place.functions)) &&
    (packages === undefined || matchesAny(packages, place.files.flatMap(packageOf)))
  );
}

/**
 * The same for a rule that allows. A pattern matches the end of a path, so `src/**` would be about `node_modules/x/src/y.js` too, of which hardly
 * anybody thinks who allows it: what is in a package is allowed only by rules that name packages, or by patterns that name node_modules.
 */
export function allowsPlace(rule: PlaceRule, place: KnownPlace): boolean {
  const { files, packages } = rule;
  if (files === undefined || packages !== undefined || !place.files.some((file) => packageOf(file).length > 0)) {
    return matchesPlace(rule, place);
  }
  return matchesPlace({ ...rule, files: files.filter((pattern) => pattern.includes('node_modules')) }, place);
}

/** Whether the rule is about certain places only. */
export function isOfPlaces({ files, functions, packages }: PlaceRule): boolean {
  return files !== undefined || functions !== undefined || packages !== undefined;
}

/**
 * The place that a probe names, as far as that is certain whatever is loaded: a process binds the written path to a file whose path ends
 * in it. A path with `..` is another one than it seems, so nothing is certain about it.
 */
export function writtenPlace({ file, function: name }: Location): KnownPlace {
  const isPlain = file !== undefined && !/(^|\/)\.{1,2}(\/|$)|\\|\/\/|%/.test(file);
  return { files: isPlain ? [file] : [], functions: name === undefined ? [] : [name] };
}

/**
 * A pattern matches a path or the end of one, from a directory on; with a slash before it, the whole path only. In one reading: one for each
 * directory would take, of a long path and a pattern with many stars, a quarter of a second.
 */
function matchesFile(pattern: string, file: string): boolean {
  return globOf(pattern.startsWith('/') ? pattern : `**/${pattern}`, '/').matches(file);
}

/** Name of the innermost package whose file it is: `express`, `@nestjs/core`. */
function packageOf(file: string): string[] {
  const [, name] = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
  return name === undefined ? [] : [name];
}

function matchesAny(patterns: readonly string[], names: readonly string[]): boolean {
  return names.some((name) => patterns.some((pattern) => globOf(pattern, undefined).matches(name)));
}

function globOf(pattern: string, separator: '/' | undefined): Glob {
  const key = `${separator ?? ''} ${pattern}`;
  const known = globs.get(key);
  if (known !== undefined) return known;
  const made = compileGlob(pattern, separator);
  globs.set(key, made);
  characters += key.length;
  for (const oldest of globs.keys()) {
    if (characters <= MOST_CHARACTERS) break;
    globs.delete(oldest);
    characters -= oldest.length;
  }
  return made;
}
