import type { Reason } from '../../../api/reasons.ts';
import type { CutTexts } from '../../../redaction/cut-secrets.ts';
import type { Site } from './positions.ts';
import type { Evaluated, RawCapture, TraceContext } from './raw-values.ts';
import type { ScriptInfo } from './script-info.ts';

/** Messages from the application's thread to the worker. */
export type Notice =
  | { readonly type: 'reply'; readonly id: number; readonly answer?: unknown; readonly error?: string }
  | { readonly type: 'scripts'; readonly scripts: ScriptInfo[] }
  /** The program is held until the worker has handled every script that was reported before. */
  | { readonly type: 'held' }
  | {
      readonly type: 'hit';
      readonly uid: string;
      readonly generation: number;
      /** Name of the rules of redaction with which its values were read. */
      readonly redactionHash?: string | undefined;
      readonly time: number;
      readonly site: Site;
      readonly values: Evaluated[];
      readonly trace?: TraceContext;
      readonly capture?: RawCapture;
      /** Rough bytes of the result. */
      readonly bytes: number;
    }
  /** The probe has left the code for its cost, inside its own hit; it is to be placed again after these milliseconds. */
  | {
      readonly type: 'suspended';
      readonly uid: string;
      readonly milliseconds: number;
      /** Which budget is used up: that of the probe, or the one that all probes of the process share. */
      readonly budget: 'probe' | 'process';
    }
  /** The last allowed hit was counted; `takenBack` is how many hits the worker had taken back by then. */
  | { readonly type: 'finished'; readonly uid: string; readonly takenBack: number }
  /** The probe is no longer in the code, as V8 refused the breakpoint when another probe came to or left the same place. */
  | { readonly type: 'lost'; readonly uid: string; readonly message: string }
  /** Exceptions are not watched for the probe for these milliseconds: they cost too much, or the inspector is open. */
  | {
      readonly type: 'unwatched';
      readonly uid: string;
      readonly milliseconds: number;
      readonly why: 'budget' | 'debugger';
    }
  /** An exception leaves the function if it comes through these frames, from the throw on; `settle` is to tell whether it does. */
  | { readonly type: 'thrown'; readonly uid: string; readonly ticket: number; readonly through: readonly Site[] }
  /** A message for the state of an armed probe. */
  | {
      readonly type: 'remark';
      readonly uid: string;
      readonly reason: Reason;
      readonly message: string;
      readonly cuts?: CutTexts | undefined;
    }
  /** A function that a hit met for the first time, to be proven. */
  | { readonly type: 'prove'; readonly id: number; readonly source: string }
  /** A notice of the warm-up's probes, which is ignored. */
  | { readonly type: 'warmedUp'; readonly content: unknown }
  /** The process ends: write everything out and set FLUSHED. */
  | { readonly type: 'exit' };
