import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type EffectiveProbe, hitLimit } from '../api/effective-probe.ts';
import type { Probe } from '../api/kinds.ts';
import { withBuiltInDefaults } from '../policy/decide.ts';
import { refusalOf } from '../policy/rules.ts';
import { fitting, MAX_PROBES, MAX_PROBES_BYTES } from '../protocol/limits.ts';
import type { Result } from '../protocol/result.ts';
import type { ProbeState, ProcessInfo } from '../protocol/state.ts';
import { toWireProbe } from '../protocol/to-wire-probe.ts';
import type { WireProbe } from '../protocol/wire-probe.ts';
import { RuntimeServer } from '../sidecar/processes/runtime-server.ts';
import type { RuntimeUser } from './run-directory.ts';

export type ProbeEnd = 'Expired' | 'HitLimitReached';

/** A probe of this session, and its state in the processes that are connected. */
export interface SessionProbe {
  readonly probe: EffectiveProbe;
  readonly uid: string;
  /** Milliseconds since 1970. */
  readonly expireTime: number;
  /** Results of all processes so far. */
  readonly hits: number;
  readonly ended: ProbeEnd | undefined;
  readonly processes: readonly ProcessState[];
  /** The states when a process was last connected. */
  readonly lastProcesses: readonly ProcessState[];
}

/** The state of a probe in one process. */
export interface ProcessState {
  readonly process: ProcessInfo;
  readonly state: ProbeState;
}

export interface SessionOptions {
  /** The probe as it is enforced, undefined where policies let it into no process; with the built-in limits unless given. */
  decide?(probe: Probe): EffectiveProbe | undefined;
  /** Where the socket and the connection file go. */
  readonly directory: string;
  /** The user whose runtimes connect, where it is another than ours. */
  readonly runtimeUser?: RuntimeUser;
  onResult(result: Result, probe: SessionProbe, process: ProcessInfo): void;
  /** A process came or went, a state changed, or a probe ended. */
  onChange(): void;
}

interface Entry {
  readonly probe: EffectiveProbe;
  readonly uid: string;
  readonly wire: WireProbe;
  hits: number;
  ended: ProbeEnd | undefined;
  lastProcesses: readonly ProcessState[];
}

const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** Removed probes that are remembered, as their last results may still be on the way. */
const MOST_REMEMBERED = 200;

/**
 * What the operator is in a cluster, for the processes of this machine: it hands probes to the runtimes that connect, and
 * ends them by time and by hits over all processes. A changed manifest is a new probe that takes the place of the old one.
 */
export class LocalSession {
  readonly #options: SessionOptions;
  readonly #server: RuntimeServer;
  /** By kind, namespace and name; what was replaced or removed stays in #byUID for a while. */
  readonly #entries = new Map<string, Entry>();
  readonly #byUID = new Map<string, Entry>();
  #hasMetProcess = false;
  #generation = 0;
  #revision = 0;
  #expiryTimer: NodeJS.Timeout | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#server = new RuntimeServer({
      directory: options.directory,
      runtimeUser: options.runtimeUser,
      onChange: () => {
        this.#hasMetProcess ||= this.processes().length > 0;
        options.onChange();
      },
      onResults: (results, process) => this.#take(results, process),
    });
  }

  async listen(): Promise<void> {
    await this.#server.listen();
  }

  /**
   * Replaces the set of probes, decided anew; those whose spec did not change keep their hits and their expiry. Processes get the first
   * ones that have not ended, at most {@link MAX_PROBES} and as many as one frame holds.
   */
  apply(asked: readonly Probe[], now = Date.now()): void {
    const { decide = withBuiltInDefaults } = this.#options;
    const probes = asked.map((probe) => decide(probe)).filter((probe) => probe !== undefined);
    const wanted = new Map(probes.map((probe) => [keyOf(probe), probe]));
    for (const [key, entry] of this.#entries) {
      const probe = wanted.get(key);
      if (probe === undefined || !isDeepStrictEqual(probe.spec, entry.probe.spec)) this.#entries.delete(key);
    }
    for (const [key, probe] of wanted) {
      if (!this.#entries.has(key)) this.#add(key, probe, now);
    }
    this.#send();
  }

  probes(): SessionProbe[] {
    return [...this.#entries.values()].map((entry) => this.#view(entry));
  }

  processes(): ProcessInfo[] {
    return this.#server.processes().map(({ process }) => process);
  }

  /** Whether a runtime has ever announced itself. */
  get hasMetProcess(): boolean {
    return this.#hasMetProcess;
  }

  /** Waits until no process is connected, at most `milliseconds`. */
  disconnected(milliseconds: number): Promise<void> {
    return this.#server.disconnected(milliseconds);
  }

  /** Takes every probe out of every process. */
  async close(): Promise<void> {
    clearTimeout(this.#expiryTimer);
    await this.#server.close();
  }

  #add(key: string, probe: EffectiveProbe, now: number): void {
    this.#generation += 1;
    const uid = `local-${createHash('sha256').update(key).digest('hex').slice(0, 12)}-${this.#generation}`;
    const named = { ...probe, metadata: { ...probe.metadata, uid } };
    // There are no containers here, as there is no target.selector: the process itself is the target.
    const wire: WireProbe = { ...toWireProbe(named, { now }), containerName: undefined };
    const entry: Entry = { probe, uid, wire, hits: 0, ended: undefined, lastProcesses: [] };
    this.#entries.set(key, entry);
    this.#byUID.set(uid, entry);
    for (const old of this.#byUID.keys()) {
      if (this.#byUID.size <= this.#entries.size + MOST_REMEMBERED) break;
      this.#byUID.delete(old);
    }
  }

  #take(results: readonly Result[], process: ProcessInfo): void {
    let ended = false;
    for (const result of results) {
      const entry = this.#byUID.get(result.uid);
      const limit = entry === undefined ? 0 : hitLimit(entry.probe);
      // Two processes can exceed the limit together; results above it are ignored.
      if (entry === undefined || entry.hits >= limit) continue;
      entry.hits += 1;
      if (entry.hits === limit) {
        entry.ended = endOf(entry, Date.now());
        ended = true;
      }
      this.#options.onResult(result, this.#view(entry), process);
    }
    if (!ended) return;
    this.#send();
    this.#options.onChange();
  }

  #send(): void {
    const live = [...this.#entries.values()].filter((entry) => entry.ended === undefined);
    const bytes = live.map(({ wire }) => Buffer.byteLength(JSON.stringify(wire)) + 1);
    const room = fitting(bytes, MAX_PROBES, MAX_PROBES_BYTES);
    this.#revision += 1;
    this.#server.setDesired(
      this.#revision,
      live.slice(0, room).map(({ wire }) => wire),
    );
    clearTimeout(this.#expiryTimer);
    if (live.length === 0) return;
    const next = Math.min(...live.map(({ wire }) => wire.expireTime));
    // A standing probe has no end, and timers of Node.js end at once when they are longer.
    const wait = Math.min(Math.max(0, next - Date.now()), LONGEST_TIMER_MILLISECONDS);
    this.#expiryTimer = setTimeout(() => this.#expire(), wait);
  }

  #expire(): void {
    const now = Date.now();
    for (const entry of this.#entries.values()) {
      entry.ended ??= endOf(entry, now);
    }
    this.#send();
    this.#options.onChange();
  }

  #view(entry: Entry): SessionProbe {
    const processes = this.#server.processes().flatMap(({ process, probes }) => {
      const state = probes.find(({ uid }) => uid === entry.uid);
      return state === undefined ? [] : [{ process, state }];
    });
    if (processes.length > 0) entry.lastProcesses = processes;
    const { probe, uid, hits, ended, lastProcesses } = entry;
    return { probe, uid, expireTime: entry.wire.expireTime, hits, ended, processes, lastProcesses };
  }
}

/** What ends the probe, by the same rules as in the operator; undefined while nothing does. Expressions have been checked before. */
function endOf({ probe, wire, hits }: Entry, now: number): ProbeEnd | undefined {
  const facts = { issues: [], now, expireTime: wire.expireTime, hits, hitLimit: hitLimit(probe) };
  const reason = refusalOf(facts)?.reason;
  return reason === 'HitLimitReached' || reason === 'Expired' ? reason : undefined;
}

const keyOf = ({ kind, metadata }: Pick<Probe, 'kind' | 'metadata'>): string =>
  `${kind}/${metadata.namespace}/${metadata.name}`;
