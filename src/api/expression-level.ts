/**
 * How far expressions may call functions of the application, from the least to the most: not at all, only those that are proven to change
 * nothing, or also those that are watched while they run. Not beside the schema of a policy, because the wire needs it without that.
 */
export const EXPRESSION_LEVELS = ['PropertiesOnly', 'Proven', 'Checked'] as const;
export type ExpressionLevel = (typeof EXPRESSION_LEVELS)[number];
