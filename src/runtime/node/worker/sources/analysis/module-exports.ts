import type { Expression, Identifier, Literal, Program } from 'acorn';

/** What an exported name stands for: a variable of the module, a name of another module, or a value that nothing changes. */
export type Export =
  | { readonly local: string }
  | { readonly from: string; readonly name: string }
  | { readonly fixed: true };

export interface ModuleExports {
  readonly byName: ReadonlyMap<string, Export>;
  /** Modules whose exports are all exported here, too: `export * from`. */
  readonly all: readonly string[];
}

function nameOf(node: Identifier | Literal | Expression): string {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'Literal' ? String(node.value) : '';
}

/** The names that a module exports. */
export function exportsOf(program: Program): ModuleExports {
  const byName = new Map<string, Export>();
  const all: string[] = [];
  for (const statement of program.body) {
    if (statement.type === 'ExportAllDeclaration') {
      const from = String(statement.source.value);
      if (statement.exported) byName.set(nameOf(statement.exported), { from, name: '*' });
      else all.push(from);
    } else if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration } = statement;
      const isNamed = declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration';
      byName.set('default', isNamed && declaration.id ? { local: declaration.id.name } : { fixed: true });
    } else if (statement.type === 'ExportNamedDeclaration') {
      const { declaration, source } = statement;
      if (declaration?.type === 'VariableDeclaration') {
        // Names inside of patterns are left out, and count as ones that may change.
        for (const { id } of declaration.declarations) {
          if (id.type === 'Identifier') byName.set(id.name, { local: id.name });
        }
      } else if (declaration?.id) byName.set(declaration.id.name, { local: declaration.id.name });
      for (const { exported, local } of statement.specifiers) {
        const name = nameOf(local);
        byName.set(nameOf(exported), source ? { from: String(source.value), name } : { local: name });
      }
    }
  }
  return { byName, all };
}
