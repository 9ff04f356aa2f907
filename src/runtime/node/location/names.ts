import type { Site } from '../messages.ts';
import { functionsAround } from './functions.ts';
import { LineTable } from './line-table.ts';
import type { SourceMap } from './source-map.ts';

/** An import as compilers for CommonJS write it: `total_js_1.total`, `import_total.default`. */
const COMPILED_IMPORT = /^(?:[\w$]+_\d+|import_[\w$]+)\.[\w$]+/;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*/u;

/**
 * Finds what a name of the source is called in generated code: minifiers and compilers rename.
 * @returns a function that gives the generated name, or the same name where the map knows no other.
 */
export function namesAt(site: Site, source: string, path: string, map: SourceMap): (name: string) => string {
  const lines = new LineTable(source);
  const offset = lines.offset(site);
  const around = [...functionsAround(source, path, offset), { start: 0, end: source.length }];
  return (name) => {
    const places = map
      .named(name)
      .map((position) => lines.offset(position))
      // A property of that name is no variable.
      .filter((place) => source[place - 1] !== '.');
    for (const { start, end } of around) {
      const place = places.find((candidate) => candidate >= start && candidate < end);
      if (place === undefined) continue;
      const text = source.slice(place, place + 200);
      const generated = COMPILED_IMPORT.exec(text)?.[0] ?? IDENTIFIER.exec(text)?.[0];
      if (generated !== undefined) return generated;
    }
    return name;
  };
}
