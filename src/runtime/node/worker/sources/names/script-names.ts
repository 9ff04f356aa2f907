import type { Position, Site } from '../../../channel/positions.ts';
import type { ScriptAnalysis } from '../analysis/analyze-script.ts';
import type { ClassSite } from '../analysis/private-members.ts';
import { functionOf, scopesAt } from '../analysis/scope-lookup.ts';
import type { Binding } from '../analysis/scopes.ts';
import { FunctionScope, type Scope } from '../analysis/scopes.ts';
import type { SourceMap } from '../maps/source-map.ts';

/** The name of something in the source, and the source that has it. */
export interface Original {
  readonly name: string;
  readonly path: string;
}

/** What is visible at a place of generated code. */
export interface Visible {
  readonly binding: Binding;
  readonly scope: Scope;
  /** Whether it belongs to the function at the place, and not to one around it. */
  readonly isLocal: boolean;
  /** Whether V8 has left its scope at the place. */
  readonly isOutOfScope: boolean;
}

/** Words of the language, which a map points at where there was no name. */
const WORDS = new Set(
  'async await break case catch class const continue debugger default delete do else enum export extends false finally for from function get if import in instanceof interface let new null of return set static super switch this throw true try type typeof undefined var void while with yield'.split(
    ' ',
  ),
);

/**
 * Variables that compilers and bundlers add: `_a`, `_this`, `__awaiter`, `total_js_1`, `import_total`,
 * `_total_js__WEBPACK_IMPORTED_MODULE_0__`.
 */
const COMPILER_MADE = /^(?:_[a-z]{1,2}\d*|_this\d*|_super\w*|__[a-zA-Z]\w*|\w+_\d+|import_\w+|\w*__WEBPACK_\w+)$/;

function placeOf({ path, line, column }: Position & { readonly path: string }): string {
  return `${path}:${line}:${column}`;
}

/** In generated code, before and after the name of what is declared. */
const DECLARED = /(?:class|(?:async\s+)?function\s*\*?|let|const|var)\s+$/;
const GIVEN = /^[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=\s*(?=class\b|(?:async\s+)?function\b)/u;
/** A declaration in the source, with its name. */
const DECLARATION =
  /^(?:export\s+)?(?:default\s+)?(?:abstract\s+)?(?:class|(?:async\s+)?function\s*\*?)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)/u;

/** What the variables, functions and private fields of one script are called in its source. */
export class ScriptNames {
  readonly analysis: ScriptAnalysis;
  readonly map: SourceMap | undefined;
  readonly #originals = new Map<Binding, Original | undefined>();
  /** For each function: which of its variables the map says to be from each place of a source. */
  readonly #claims = new Map<Scope, ReadonlyMap<string, readonly Binding[]>>();

  constructor(analysis: ScriptAnalysis, map: SourceMap | undefined) {
    this.analysis = analysis;
    this.map = map;
  }

  /** Variables at a place, innermost first. A name can occur several times: the first hides the others. */
  visibleAt(position: Position & Pick<Site, 'isReturn'>): Visible[] {
    const { analysis } = this;
    const { isReturn = false } = position;
    const offset = analysis.lines.offset(position);
    const scopes = scopesAt(analysis.root, (isReturn ? analysis.returnAt(offset) : undefined) ?? offset);
    const [innermost] = scopes;
    const own = innermost && functionOf(innermost);
    return scopes.flatMap((scope) => {
      const isLocal = functionOf(scope) === own;
      return scope.variables.map((binding) => ({
        binding,
        scope,
        isLocal,
        isOutOfScope: isReturn && isLocal && (scope !== own || own.inBody?.has(binding.name) === true),
      }));
    });
  }

  /** The innermost function around a place; undefined outside of all. */
  functionAt(position: Position): FunctionScope | undefined {
    const [innermost] = scopesAt(this.analysis.root, this.analysis.lines.offset(position));
    const found = innermost && functionOf(innermost);
    return found?.kind === 'function' ? found : undefined;
  }

  /** Classes around a place that have private fields or methods, innermost first. */
  classesAt(position: Position): ClassSite[] {
    const offset = this.analysis.lines.offset(position);
    return this.analysis.classes
      .filter(({ start, end }) => start <= offset && offset < end)
      .sort((a, b) => b.start - a.start);
  }

  /** @returns what the source calls a variable; undefined where the map does not tell for certain. */
  originalOf(binding: Binding): Original | undefined {
    if (this.#originals.has(binding)) return this.#originals.get(binding);
    const original = this.originalAt(binding.offset, binding.name);
    const proven = original !== undefined && this.#isProven(binding, original) ? original : undefined;
    this.#originals.set(binding, proven);
    return proven;
  }

  /**
   * Compilers point variables of their own at what they were made for: a default value, the beginning of `opts.list ?? []`. Of several at
   * one place of the source, the one with its name is meant; where none has it, none is.
   */
  #isProven(binding: Binding, original: Original): boolean {
    const found = this.map?.exact(this.analysis.lines.position(binding.offset));
    if (found === undefined || original.name === binding.name) return true;
    const text = this.map?.textOf(found.path);
    if (text?.isReadAt(found) === true || this.#isPart(binding, found)) return false;
    const claims = this.#claimsIn(functionOf(binding.scope)).get(placeOf(found)) ?? [];
    return claims.every((other) => other === binding || this.#isAlias(binding, other));
  }

  /** Minifiers take objects apart that no other code uses: `const limits = { max: 5 }` becomes `t=5`, and the map says `limits`. */
  #isPart({ offset, name }: Binding, at: Position & { readonly path: string }): boolean {
    const { source, lines } = this.analysis;
    const equals = /^\s*=\s*/.exec(source.slice(offset + name.length, offset + name.length + 20))?.[0];
    const value =
      equals === undefined ? undefined : this.map?.exact(lines.position(offset + name.length + equals.length));
    const text = this.map?.textOf(at.path);
    if (value?.path !== at.path || text === undefined) return false;
    const [from, to] = [text.offset(at), text.offset(value)];
    return to > from && to < from + 1000 && /=\s*[{[]/.test(text.text.slice(from, to));
  }

  /** `let Basket = class _Basket {` has a name outside and another one inside, which are the same. */
  #isAlias(one: Binding, other: Binding): boolean {
    const { source } = this.analysis;
    const isOwnName = ({ offset }: Binding) => /\bclass\s+$/.test(source.slice(Math.max(0, offset - 10), offset));
    const isGiven = ({ offset, name }: Binding) =>
      /^\s*=\s*class\b/.test(source.slice(offset + name.length, offset + name.length + 12));
    return (isOwnName(one) && isGiven(other)) || (isOwnName(other) && isGiven(one));
  }

  #claimsIn(own: Scope): ReadonlyMap<string, readonly Binding[]> {
    const known = this.#claims.get(own);
    if (known !== undefined) return known;
    const claims = new Map<string, Binding[]>();
    const walk = (scope: Scope) => {
      for (const binding of scope.variables) {
        const found = this.map?.exact(this.analysis.lines.position(binding.offset));
        if (found === undefined) continue;
        const place = placeOf(found);
        claims.set(place, [...(claims.get(place) ?? []), binding]);
      }
      for (const child of scope.children) if (!(child instanceof FunctionScope)) walk(child);
    };
    walk(own);
    this.#claims.set(own, claims);
    return claims;
  }

  /** Whether a variable was added by a tool: its declaration has no name in the source, and its own name looks like one that a compiler made. */
  isCompilerMade(binding: Binding): boolean {
    return this.map !== undefined && COMPILER_MADE.test(binding.name) && this.originalOf(binding) === undefined;
  }

  /** @returns the original name of what is written at an offset: that of the map, else what is written in the source. */
  originalAt(offset: number, generated: string): Original | undefined {
    const found = this.map?.exact(this.analysis.lines.position(offset));
    if (found === undefined) return this.#declaredAround(offset);
    const written = this.map?.textOf(found.path)?.nameAt(found);
    if (found.name !== undefined) {
      // A tool that ran before the minifier may have renamed already: `_Order`, `order2`.
      const isRenamed = written !== undefined && /^(?:_.+|.+\d)$/.test(found.name) && found.name.includes(written);
      return { name: isRenamed ? written : found.name, path: found.path };
    }
    if (written === generated) return { name: written, path: found.path };
    // A tool points its own variables at what they were made for.
    if (written === undefined || WORDS.has(written) || COMPILER_MADE.test(generated)) return undefined;
    return { name: written, path: found.path };
  }

  /** Some tools map a class or function, and not its name: `let o=class{` was `class Service {`. */
  #declaredAround(offset: number): Original | undefined {
    const { source, lines } = this.analysis;
    const before = DECLARED.exec(source.slice(Math.max(0, offset - 30), offset))?.[0].length ?? 0;
    const after = GIVEN.exec(source.slice(offset, offset + 200))?.[0].length ?? 0;
    if (before + after === 0) return undefined;
    const starts = [...(before > 0 ? [offset - before] : []), ...(after > 0 ? [offset + after] : [])];
    const [found] = starts.flatMap((start) => this.map?.exact(lines.position(start)) ?? []);
    const text = found && this.map?.textOf(found.path);
    if (found === undefined || text === undefined) return undefined;
    const from = text.offset(found);
    const name = DECLARATION.exec(text.text.slice(from, from + 200))?.[1];
    return name === undefined || WORDS.has(name) ? undefined : { name, path: found.path };
  }
}
