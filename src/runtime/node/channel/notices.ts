import type { Reason } from '../../../api/reasons.ts';
import type { CutTexts } from '../../../redaction/cut-secrets.ts';
import type { Site } from './positions.ts';
import type { Evaluated, RawCapture, TraceContext } from './raw-values.ts';
import type { ScriptInfo } from './script-info.ts';

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
