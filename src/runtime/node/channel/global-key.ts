/** Key of globalThis under which compiled conditions find the runtime; there only while probes are. */
export const GLOBAL_KEY = 'dev.davylamp';

/** What code in the place of a hit finds it with: a function may have a variable of its own named `globalThis`. */
export const RUNTIME = `(globalThis?.["${GLOBAL_KEY}"]??global["${GLOBAL_KEY}"])`;
