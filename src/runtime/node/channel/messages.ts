import type { Reason } from '../../../api/reasons.ts';
import type { WireProbe } from '../../../protocol/probe.ts';
import type { ProcessInfo } from '../../../protocol/state.ts';
import type { CapturedField, CapturedValue } from '../../../protocol/value.ts';
import type { CutTexts } from '../../../redaction/cut-secrets.ts';
import type { FunctionPlan } from './function-plan.ts';

/** What crosses between the application's thread and the worker. Positions are V8's: counted from 0, in generated code. */

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Site extends Position {
  readonly scriptId: string;
  /** V8 stops there with the result of the function, and has left the scopes inside of it. */
  readonly isReturn?: boolean;
}

export interface BreakLocation extends Position {
  readonly type?: 'debuggerStatement' | 'call' | 'return';
}

export interface ScriptInfo {
  readonly scriptId: string;
  readonly url: string;
  readonly sourceMapURL: string;
  readonly endLine: number;
  readonly length: number;
  /** It runs in a context of `node:vm`, not in that of the program. */
  readonly isInOtherContext?: true;
}

/** Sources of expressions in which `$` is the guard. */
export interface SiteCode {
  readonly condition?: string;
  /** Placeholders of a message, or watches; behind them, where there are names in `privates`, what reads those. */
  readonly values: readonly string[];
  /** Private fields of the class around a snapshot, by their names in the source, without the `#`. */
  readonly privates: readonly string[];
  /** Variables whose scope V8 has left at the site, innermost first. */
  readonly left?: readonly LeftVariable[];
}

/** A variable, in generated code, that the code at a site sees and V8 does not. */
export interface LeftVariable {
  readonly name: string;
  /** Whether the function returns just this. */
  readonly isResult: boolean;
}

/** A probe made ready for the application's thread: sources of expressions compiled, positions found. */
export interface ProbePlan extends SiteCode {
  readonly probe: WireProbe;
  readonly slot: number;
  readonly counters: SharedArrayBuffer;
  readonly sites: readonly Site[];
  /** Of each site, where copies of the file differ in their names. */
  readonly codes?: readonly SiteCode[];
  /** What there is to do with the function around the sites. */
  readonly function?: FunctionPlan;
}

/** Worker → application. Each is answered by a reply. */
export type Command =
  | { readonly type: 'enable'; readonly maxStallMilliseconds: number }
  /** Once for all breakpoints: what makes them free of stalls, if the process can stand so long now. */
  | { readonly type: 'prepare'; readonly maxStallMilliseconds: number }
  /** Brings functions back to speed that V8 was asked about. */
  | { readonly type: 'release'; readonly maxStallMilliseconds: number }
  /** One step of getting ready for hits, if there is one to do; each is as short as a hit. */
  | { readonly type: 'warmUp' }
  | {
      readonly type: 'possible';
      readonly scriptId: string;
      readonly start: Position;
      readonly end: Position;
    }
  | { readonly type: 'source'; readonly scriptId: string }
  | { readonly type: 'arm'; readonly plan: ProbePlan }
  | { readonly type: 'rearm'; readonly uid: string }
  /** Places more sites of a probe, after `more`. */
  | { readonly type: 'goOn'; readonly uid: string; readonly again: boolean }
  | { readonly type: 'disarm'; readonly uid: string }
  /** Watch exceptions again, for the exits of a function. */
  | { readonly type: 'watch'; readonly uid: string }
  /** Whether the exception of a `thrown` notice leaves the function. */
  | { readonly type: 'settle'; readonly uid: string; readonly ticket: number; readonly leaves: boolean }
  /** Where a function is that the thread asked to have proven, and which of the names are variables around it. */
  | { readonly type: 'scopes'; readonly id: number; readonly wanted: readonly string[] }
  | { readonly type: 'proof'; readonly id: number; readonly answer: ProofAnswer }
  | { readonly type: 'disable' }
  /** How the process is. */
  | { readonly type: 'health' }
  /** The worker is about to end; `refused` when the agent does not want this process. */
  | { readonly type: 'end'; readonly refused: boolean };

/** Position of a function's parameters, and those of the wanted names that are variables around it, by scope, innermost first. */
export interface FunctionPlace extends Site {
  readonly names: readonly (readonly string[])[];
  readonly hasWith: boolean;
  /** Of the script. */
  readonly url: string;
}

/** A function of Node.js itself: one that may run as it is, or one that the runtime does in its place. */
export type NodeFunction = 'asItIs' | 'headers' | 'getHeader' | 'hasHeader' | 'peername';

/** The body of a function as guard operations, or why it has none: `assigns this.id (line 2)`. */
export type ProofAnswer =
  | {
      readonly parameters: readonly string[];
      readonly code: string;
      readonly needsObject: boolean;
      /** Variables that the code reads. */
      readonly names: readonly string[];
      /** Variables around the function whose values the code is given, in that order. */
      readonly captured: readonly string[];
      /** The one of them that is the function itself. */
      readonly ownName?: string;
      /** It uses nothing of the code around it, so that this holds for every function with the same source. */
      readonly isClosed: boolean;
    }
  /** It returns a variable around it and does nothing else, so that it may run as it is. */
  | { readonly returns: string }
  | { readonly ofNode: NodeFunction }
  | { readonly refusal: string; readonly isTemporary?: boolean; readonly isClosed?: boolean };

export interface CommandEnvelope {
  readonly id: number;
  readonly command: Command;
}

export interface Refusal {
  readonly reason: Reason;
  readonly message: string;
}

/** How the process is: milliseconds that its loop has worked and waited since it began, and bytes of heap. */
export interface HealthSample {
  readonly active: number;
  readonly idle: number;
  readonly usedHeap: number;
  readonly heapLimit: number;
  /** Whether the thread was interrupted for the answer. */
  readonly isInterrupted?: boolean;
}

/** How far placing got: all is done, `more` is to be done in further turns of the loop, or it is not done. */
export type Placing = 'more' | Refusal | undefined;

export interface CommandAnswers {
  enable: Refusal | undefined;
  prepare: undefined;
  /** Whether there are more. */
  release: boolean;
  goOn: Placing;
  /** Whether there are more steps. */
  warmUp: boolean;
  possible: BreakLocation[];
  source: string;
  arm: Placing;
  /** Milliseconds to wait more, when the budget of the process is still used up. */
  rearm: number | Placing;
  disarm: undefined;
  watch: undefined;
  settle: undefined;
  scopes: FunctionPlace | undefined;
  proof: undefined;
  disable: undefined;
  health: HealthSample;
  end: undefined;
}

export interface TraceContext {
  readonly traceID: string;
  readonly spanID: string;
}

/** The value of an expression, or the text of what it threw. */
export type Evaluated = ({ readonly value: CapturedValue } | { readonly failure: string }) & {
  /** Texts that the expression has cut pieces out of. */
  readonly cuts?: CutTexts | undefined;
};

export interface RawFrame extends Site {
  readonly functionName: string;
  readonly url: string;
  readonly this?: CapturedValue;
  readonly locals?: CapturedField[];
  readonly closure?: CapturedField[];
}

/** A function that waits, of which V8 tells only where. */
export interface RawAsyncFrame extends Position {
  readonly functionName: string;
  /** URL or path of the script. */
  readonly url: string;
}

export interface RawCapture {
  readonly frames: RawFrame[];
  /** Private fields of the first frame's `this`, without the `#`. */
  readonly privates?: CapturedField[];
  /** The functions that wait for the one that is running, from the next on. */
  readonly asyncFrames?: readonly RawAsyncFrame[];
  readonly pauseMicroseconds: number;
  readonly cut?: string;
}

/** Application → worker. */
export type Notice =
  | { readonly type: 'reply'; readonly id: number; readonly answer?: unknown; readonly error?: string }
  | { readonly type: 'scripts'; readonly scripts: ScriptInfo[] }
  /** The thread stands until the worker has looked at every script before this. */
  | { readonly type: 'held' }
  | {
      readonly type: 'hit';
      readonly uid: string;
      readonly generation: number;
      readonly time: number;
      readonly site: Site;
      readonly values: Evaluated[];
      readonly trace?: TraceContext;
      readonly capture?: RawCapture;
      /** Roughly what its values take. */
      readonly bytes: number;
    }
  /** Removed inside its own hit; to be put back after that many milliseconds. */
  | {
      readonly type: 'suspended';
      readonly uid: string;
      readonly milliseconds: number;
      /** Which budget is used up: that of the probe, or the one that all probes of the process share. */
      readonly budget: 'probe' | 'process';
    }
  /** The last allowed hit, when so many hits had been taken back. */
  | { readonly type: 'finished'; readonly uid: string; readonly takenBack: number }
  /** It fell out of the code, because another one left the same place. */
  | { readonly type: 'lost'; readonly uid: string; readonly message: string }
  /** Exceptions are not watched for it for so long: they cost too much, or the inspector is open. */
  | {
      readonly type: 'unwatched';
      readonly uid: string;
      readonly milliseconds: number;
      readonly why: 'budget' | 'debugger';
    }
  /** An exception that leaves the function if it comes through these frames, from the throw on. */
  | { readonly type: 'thrown'; readonly uid: string; readonly ticket: number; readonly through: readonly Site[] }
  /** Something to say in the state of an armed probe. */
  | {
      readonly type: 'remark';
      readonly uid: string;
      readonly reason: Reason;
      readonly message: string;
      readonly cuts?: CutTexts | undefined;
    }
  /** A function that a hit met for the first time. */
  | { readonly type: 'prove'; readonly id: number; readonly source: string }
  /** What a warm-up would have reported. */
  | { readonly type: 'warmedUp'; readonly content: unknown }
  /** The process ends: write everything out and set FLUSHED. */
  | { readonly type: 'exit' };

/** What the application's thread gives the worker when it starts. */
export interface WorkerStart {
  readonly control: Int32Array<SharedArrayBuffer>;
  /** Counters of probes that this process had before, by uid. */
  readonly counters: ReadonlyMap<string, SharedArrayBuffer>;
  readonly run: string;
  readonly hello: ProcessInfo;
  /** Working directory, for showing paths. */
  readonly directory: string;
  /** The runtime came while the process ran, and goes when the agent's directory does. */
  readonly isAttached: boolean;
}

/** Key of globalThis under which compiled conditions find the runtime; there only while probes are. */
export const GLOBAL_KEY = 'dev.davylamp';

/** What code in the place of a hit finds it with: a function may have a variable of its own named `globalThis`. */
export const RUNTIME = `(globalThis?.["${GLOBAL_KEY}"]??global["${GLOBAL_KEY}"])`;
