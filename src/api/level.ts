/** Levels of a log line, from the least to the most urgent. */
export const LEVELS = ['Debug', 'Info', 'Warn', 'Error'] as const;
