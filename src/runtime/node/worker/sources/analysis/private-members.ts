import type { ClassNode, Range } from '../syntax/nodes.ts';

/** A private field or method of a class; not its accessors, which are code. */
export interface PrivateMember {
  /** Without the `#`. */
  readonly name: string;
  /** Where the `#` is. */
  readonly offset: number;
  readonly isField: boolean;
}

/** A class, and the private members that code inside of it can read. */
export interface ClassSite extends Range {
  readonly privates: readonly PrivateMember[];
}

export function privateMembersOf(node: ClassNode): PrivateMember[] {
  const privates: PrivateMember[] = [];
  for (const member of node.body.body) {
    if (member.type !== 'PropertyDefinition' && member.type !== 'MethodDefinition') continue;
    const { key } = member;
    const isField = member.type === 'PropertyDefinition';
    if (key.type !== 'PrivateIdentifier' || (!isField && member.kind !== 'method')) continue;
    privates.push({ name: key.name, offset: key.start, isField });
  }
  return privates;
}
