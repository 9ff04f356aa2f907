import type { Language } from '../language.ts';
import { ANY_FIELD, compileExpression } from './compile-expression.ts';
import { placeholderEnd } from './placeholder-end.ts';

export const JAVASCRIPT: Language = {
  name: 'javascript',
  // Compiling tells whether `$return` and `$error` occur. Every private name is accepted, since the class around the line is not known here.
  checkExpression: (source) => compileExpression(source, undefined, ANY_FIELD),
  placeholderEnd,
};
