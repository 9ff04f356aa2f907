/**
 * When the debugger is enabled in a process that has the preload. `AtStart`: before the program's first line. `OnDemand`: with
 * the first probe.
 */
export const DEBUGGER_MODES = ['AtStart', 'OnDemand'] as const;
export const DEFAULT_DEBUGGER_MODE = 'AtStart' satisfies DebuggerMode;
export type DebuggerMode = (typeof DEBUGGER_MODES)[number];
