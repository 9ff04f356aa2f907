/**
 * When the debugger of a process is enabled that was prepared at its start. `AtStart`: before the program's first line. `OnDemand`: with
 * the first probe.
 */
export const DEBUGGER_MODES = ['AtStart', 'OnDemand'] as const;
export const DEFAULT_DEBUGGER_MODE = 'AtStart' satisfies DebuggerMode;
export type DebuggerMode = (typeof DEBUGGER_MODES)[number];
