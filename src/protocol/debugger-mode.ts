/**
 * When the debugger of a process is enabled that was prepared at its start. `AfterStart`: when the program has come to rest after its
 * start, as long as its heap is small. `AtStart`: before the program's first line. `OnDemand`: with the first probe.
 */
export const DEBUGGER_MODES = ['AfterStart', 'AtStart', 'OnDemand'] as const;
export type DebuggerMode = (typeof DEBUGGER_MODES)[number];
