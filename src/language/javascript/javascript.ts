import type { Language } from '../language.ts';
import { ANY_FIELD, compileExpression } from './compile-expression.ts';
import { placeholderEnd } from './placeholder-end.ts';

export const JAVASCRIPT: Language = {
  name: 'javascript',
  // Compiling tells which names it uses; which fields the class around the line has is not known yet.
  checkExpression: (source) => compileExpression(source, undefined, ANY_FIELD),
  placeholderEnd,
};
