/**
 * How far expressions may call functions of the application, from the least to the most: not at all, only those that are proven to change
 * nothing, or also those that are watched while they run. Not beside the schema of a policy, because the wire needs it without that.
 */
export const EXPRESSION_LEVELS = ['PropertiesOnly', 'Proven', 'Checked'] as const;
export type ExpressionLevel = (typeof EXPRESSION_LEVELS)[number];

/** The stricter of the two. */
export function lowest(a: ExpressionLevel, b: ExpressionLevel): ExpressionLevel {
  return EXPRESSION_LEVELS.indexOf(a) < EXPRESSION_LEVELS.indexOf(b) ? a : b;
}

/** The level right below: the most that is left where this one is denied. The lowest one cannot be denied. */
export function below(level: ExpressionLevel): ExpressionLevel {
  return EXPRESSION_LEVELS[Math.max(0, EXPRESSION_LEVELS.indexOf(level) - 1)] ?? 'PropertiesOnly';
}
