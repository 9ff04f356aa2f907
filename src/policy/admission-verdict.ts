/** What is said of a probe before it is there. */
export type AdmissionVerdict =
  | { readonly is: 'Fine'; readonly warnings: readonly string[] }
  /** A policy forbids it. */
  | { readonly is: 'Forbidden'; readonly message: string }
  /** No process could ever take it. */
  | { readonly is: 'Wrong'; readonly message: string };
