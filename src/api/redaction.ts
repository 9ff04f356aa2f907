/** Values of `spec.redaction`. Not beside the schema of a probe, because the wire and the runtime need them without it. */

export const REDACTION_MODES = ['Default', 'AllowList'] as const;
export type RedactionMode = (typeof REDACTION_MODES)[number];

export const REPLACEMENTS = ['Remove', 'Mask', 'Hash'] as const;
export type Replacement = (typeof REPLACEMENTS)[number];
