import type { ImportDeclaration } from 'acorn';
import type { ImportBinding } from './scopes.ts';

/** What a name of an import declaration stands for in the other module. */
export function importedBy(
  specifier: ImportDeclaration['specifiers'][number],
  { source }: ImportDeclaration,
): ImportBinding['imported'] {
  return { from: String(source.value), name: importedName(specifier) };
}

function importedName(specifier: ImportDeclaration['specifiers'][number]): string {
  if (specifier.type === 'ImportDefaultSpecifier') return 'default';
  if (specifier.type === 'ImportNamespaceSpecifier') return '*';
  const { imported } = specifier;
  return imported.type === 'Identifier' ? imported.name : String(imported.value);
}
