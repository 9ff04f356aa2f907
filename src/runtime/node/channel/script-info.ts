export interface ScriptInfo {
  readonly scriptId: string;
  readonly url: string;
  readonly sourceMapURL: string;
  readonly endLine: number;
  readonly length: number;
  /** Whether the script runs in a context of `node:vm`, not in the main one. */
  readonly isInOtherContext?: true;
}
