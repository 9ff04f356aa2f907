import type { Scope } from './scopes.ts';

/** How a variable is declared; `self` is the name of a function expression, as the function itself sees it. */
export type BindingKind = 'const' | 'let' | 'var' | 'function' | 'class' | 'parameter' | 'catch' | 'import' | 'self';

const CAPTURED = 1;
const WRITTEN = 2;
const DECLARED_AGAIN = 4;

/** A variable of generated code. A bundle has a million, so what is known of its uses is kept in bits. */
export class Binding {
  readonly name: string;
  /** Where its name is written first in a declaration, as an offset into the source. */
  readonly offset: number;
  readonly scope: Scope;
  kind: BindingKind;
  #uses = 0;

  constructor(name: string, kind: BindingKind, offset: number, scope: Scope) {
    this.name = name;
    this.kind = kind;
    this.offset = offset;
    this.scope = scope;
  }

  /** Whether a function inside of the one that has it uses it: V8 keeps others only while that function itself runs. */
  get isCaptured(): boolean {
    return (this.#uses & CAPTURED) !== 0;
  }

  /** Whether anything but its declaration assigns it. */
  get isWritten(): boolean {
    return (this.#uses & WRITTEN) !== 0;
  }

  get isDeclaredAgain(): boolean {
    return (this.#uses & DECLARED_AGAIN) !== 0;
  }

  capture(): void {
    this.#uses |= CAPTURED;
  }

  write(): void {
    this.#uses |= WRITTEN;
  }

  declareAgain(): void {
    this.#uses |= DECLARED_AGAIN;
  }
}

/** A variable that stands for one of another module; `default` and `*` are names there too. */
export class ImportBinding extends Binding {
  readonly imported: { readonly from: string; readonly name: string };

  constructor(name: string, offset: number, scope: Scope, imported: ImportBinding['imported']) {
    super(name, 'import', offset, scope);
    this.imported = imported;
  }
}
