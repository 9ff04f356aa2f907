/** The runtime's key of globalThis, under which conditions of breakpoints find its functions; there only while there are probes. */
export const GLOBAL_KEY = 'dev.davylamp';

/** Source by which code at a hit reads that key: the application may have a variable named `globalThis` or `global` there. */
export const RUNTIME = `(globalThis?.["${GLOBAL_KEY}"]??global["${GLOBAL_KEY}"])`;
