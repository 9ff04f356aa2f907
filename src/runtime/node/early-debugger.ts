/** Entry of the bundle early-debugger.cjs, which the preload loads when the debugger is to be enabled while the heap is small. */
export { EarlyDebugger } from './application/debugger/early-debugger.ts';
