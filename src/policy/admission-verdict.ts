import type { Denial } from './combine/rules.ts';
import type { PolicyView } from './policy-view.ts';

/** What is said of a probe before it is there. */
export type AdmissionVerdict =
  | { readonly is: 'Fine'; readonly warnings: readonly string[] }
  /** These policies forbid it. */
  | {
      readonly is: 'Forbidden';
      readonly message: string;
      readonly policies: readonly PolicyView[];
      readonly denials: readonly Denial[];
    }
  /** No process could ever take it. */
  | { readonly is: 'Wrong'; readonly message: string };
