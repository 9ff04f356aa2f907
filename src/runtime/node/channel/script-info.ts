export interface ScriptInfo {
  readonly scriptId: string;
  readonly url: string;
  readonly sourceMapURL: string;
  readonly endLine: number;
  readonly length: number;
  /** It runs in a context of `node:vm`, not in that of the program. */
  readonly isInOtherContext?: true;
}
