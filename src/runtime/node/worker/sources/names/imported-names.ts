import type { Binding } from '../analysis/scopes.ts';

/** What a name of a source stands for in another module: `default`, `*` for all of it, or a name. */
export interface Imported {
  readonly from: string;
  readonly name: string;
}

const IMPORT = /^[ \t]*import\s+(?!type\s)([^'";]*?)\s*\bfrom\s*(['"])([^'"\n]+)\2/gm;
const IDENTIFIER = '[\\p{ID_Start}$_][\\p{ID_Continue}$]*';
const DEFAULT = new RegExp(`^\\s*(${IDENTIFIER})`, 'u');
const NAMESPACE = new RegExp(`\\*\\s*as\\s+(${IDENTIFIER})`, 'u');
const NAMED = new RegExp(`^\\s*(${IDENTIFIER})(?:\\s+as\\s+(${IDENTIFIER}))?\\s*$`, 'u');
/** `const tax_1 = __importStar(require("./tax"))`, `var tax = __webpack_require__("./src/tax.ts")`. */
const REQUIRED =
  /^[\w$]+\s*=\s*(?:\/\*[^*]*\*\/\s*)?(?:await\s+)?(?:[\w$.]+\()*(?:require|__webpack_require__|__vite_ssr_import__)\(\s*(?:\/\*! ?([^*]*?) ?\*\/\s*)?(["'])([^"']+)\2/;
const MOST = 300;

/** @returns what the import declarations of a source say of a name; undefined where none has it. */
export function importOf(name: string, text: string): Imported | undefined {
  for (const [, clause = '', , from = ''] of text.matchAll(IMPORT)) {
    if (!clause.includes(name)) continue;
    const [outside = '', inside = ''] = clause.split(/[{}]/);
    if (DEFAULT.exec(outside)?.[1] === name) return { from, name: 'default' };
    if (NAMESPACE.exec(outside)?.[1] === name) return { from, name: '*' };
    for (const one of inside.split(',')) {
      const [, imported = '', local = imported] = NAMED.exec(one) ?? [];
      if (local === name) return { from, name: imported };
    }
  }
  return undefined;
}

/** Whether a variable of generated code holds the module that a source imports as `from`. */
export function isModuleFrom({ offset }: Binding, from: string, source: string): boolean {
  const [, comment, , given = ''] = REQUIRED.exec(source.slice(offset, offset + MOST)) ?? [];
  const wanted = plain(from);
  if (plain(comment ?? given) === wanted) return true;
  // Vite gives modules the path from the root of the project.
  return from.startsWith('.') && given.startsWith('/') && plain(given).endsWith(wanted.replace(/^(?:\.{1,2}\/)+/, '/'));
}

function plain(specifier: string): string {
  return specifier.replace(/\.[cm]?[jt]sx?$/, '').replace(/^node:/, '');
}

/** Names of variables that hold the exports of CommonJS, or a module, as compilers call them. */
const HOLDER = /^(?:exports|\w+_\d+|_\w+|import_\w+|\w*__WEBPACK_\w+|__vite_ssr_import_\w+)$/;

/** @returns the variable of which generated code reads a member of that name; undefined unless there is just one. For maps without their source. */
export function holderOf(name: string, source: string): string | undefined {
  const literal = name.replaceAll('$', '\\$');
  const reads = source.matchAll(new RegExp(`(?<![\\w$.])([\\w$]+)\\.${literal}(?![\\w$])`, 'g'));
  const holders = new Set([...reads].map(([, holder = '']) => holder).filter((holder) => HOLDER.test(holder)));
  return holders.size === 1 ? [...holders][0] : undefined;
}
