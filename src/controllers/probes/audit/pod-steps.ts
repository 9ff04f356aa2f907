import { isInCode } from '../../../api/instance-state.ts';
import { auditedProcess, cut } from '../../../audit/subject.ts';
import type { Fleet, PodIdentity, ProcessView } from '../../../gateway/fleet/fleet.ts';
import type { Result } from '../../../protocol/result.ts';
import type { ProcessInfo } from '../../../protocol/state.ts';
import { isReporting } from '../desired/unreachable-processes.ts';
import type { MatchedPod } from '../status/verdict.ts';
import type { Emit } from './emit.ts';

/** Rules of redaction of one pod whose first results are told apart; they come one after the other, with changes of policies. */
const MOST_HASHES = 16;
/** Processes of one pod that are remembered beside as many as ever had the probe at the same time. */
const MOST_ABSENT = 8;
/** Pods that have had the probe and match no more: their last results may still come, and they may match again. */
const MOST_GONE = 500;
const NONE: readonly never[] = [];
const ONCE = { isOfGeneration: true };

/** A process that has had the probe in its code, and under which rules of redaction. */
interface SeenProcess {
  readonly instanceID: string;
  readonly redactionHash: string | undefined;
  /** Whether it has it still, as far as is known. */
  readonly isArmed: boolean;
}

/** What is recorded of one pod. There is one for each pod of each probe. */
interface PodMark {
  /** The Fleet's version of the pod when it was read last. */
  version: number;
  processes: readonly SeenProcess[];
  /** How many processes have had the probe at the same time. */
  most: number;
  isHit: boolean;
  /** Rules of redaction under which results were released. */
  released: readonly (string | undefined)[];
}

/** What is audited of one generation of a probe in its pods. As many pods are remembered as match it, and some that did. */
export class PodSteps {
  readonly #fleet: Pick<Fleet, 'versionOf'>;
  readonly #generation: number;
  readonly #emit: Emit;
  /** By the UID of the pod. */
  readonly #marks = new Map<string, PodMark>();
  /** The same of pods that do not match any more, in the order in which they went. */
  readonly #gone = new Map<string, PodMark>();
  /** Whether any process has said anything of the probe since it was taken out last. */
  isCarried = false;
  /** Whether it was out of every process; what agents have said before does not count any more. */
  #wasRemoved = false;
  /** Pods in which it was armed. */
  armedPods = 0;
  /** Results that were released. */
  released = 0;

  constructor(fleet: Pick<Fleet, 'versionOf'>, generation: number, emit: Emit) {
    this.#fleet = fleet;
    this.#generation = generation;
    this.#emit = emit;
  }

  /** Reads the pods of which anything has changed. @param pods all that match. */
  observe(pods: readonly MatchedPod[]): void {
    for (const matched of pods) {
      const { uid } = matched.pod.metadata;
      const version = this.#fleet.versionOf(uid);
      if (version === (this.#marks.get(uid)?.version ?? 0)) continue;
      const mark = this.#markOf(uid);
      this.#gone.delete(uid);
      this.#marks.set(uid, mark);
      mark.version = version;
      this.#read(matched, mark);
    }
    if (this.#marks.size > pods.length) this.#forgetOthers(pods);
  }

  /** Takes one result, which the agent has written to its standard output before it sent it. */
  result(result: Result, from: PodIdentity, known: ProcessInfo | undefined): void {
    this.released += 1;
    const mark = this.#markOf(from.podUID);
    const { redactionHash, instanceID } = result;
    const pod = { name: from.podName, uid: from.podUID };
    const process = auditedProcess(instanceID, known);
    const hit = hitTimeOf(result);
    if (!mark.isHit) {
      mark.isHit = true;
      this.#emit({ step: 'FirstHit', pod, process, ...hit }, [pod.uid], ONCE);
    }
    if (mark.released.includes(redactionHash)) return;
    mark.released = [...mark.released, redactionHash].slice(-MOST_HASHES);
    const details = { step: 'Released', pod, process, sink: 'StandardOutput', ...hashOf(result), ...hit } as const;
    this.#emit(details, [pod.uid, redactionHash], ONCE);
  }

  /** To be called when the probe is out of every process. */
  removed(): void {
    this.isCarried = false;
    this.#wasRemoved = true;
    for (const mark of this.#marks.values()) mark.processes = NONE;
  }

  #read(matched: MatchedPod, mark: PodMark): void {
    const {
      pod: { metadata },
      processes,
    } = matched;
    const mayCarry = !this.#wasRemoved || isReporting(matched);
    const pod = { name: metadata.name, uid: metadata.uid };
    const present: SeenProcess[] = [];
    for (const view of processes) {
      const { state, acknowledged, process: known } = view;
      this.isCarried ||= state !== undefined && mayCarry;
      const before = mark.processes.find(({ instanceID }) => instanceID === known.instanceID);
      // A process that has only not answered yet has it still.
      const now = acknowledged ? (this.#armedIn(view) ?? letGo(before)) : before;
      if (now !== undefined) present.push(now);
      const process = auditedProcess(known.instanceID, known);
      const isKnown = before?.isArmed === true && before.redactionHash === now?.redactionHash;
      if (now?.isArmed === true && !isKnown) {
        const { location, placement } = state ?? {};
        const how = { ...(location && { bound: cut(location) }), ...(placement && { placement }) };
        const about = [pod.uid, known.instanceID, now.redactionHash];
        const isAgain = before?.isArmed === false;
        this.#emit({ step: 'Armed', pod, process, ...hashOf(now), ...how }, about, { isAgain });
      }
      if (state?.generation === this.#generation && state.hits > 0 && !mark.isHit) {
        mark.isHit = true;
        this.#emit({ step: 'FirstHit', pod, process }, [pod.uid], ONCE);
      }
    }
    this.#keep(mark, present);
  }

  /** Undefined where the process does not say that it has this generation of the probe. */
  #armedIn({ process: { instanceID }, state }: ProcessView): SeenProcess | undefined {
    if (state === undefined || !isInCode(state.state) || state.generation !== this.#generation) return undefined;
    return { instanceID, redactionHash: state.redactionHash, isArmed: true };
  }

  /** Processes of an agent that has just started again are not all there yet; they are not armed anew. */
  #keep(mark: PodMark, present: readonly SeenProcess[]): void {
    const armed = present.filter(({ isArmed }) => isArmed).length;
    if (armed > 0 && mark.most === 0) this.armedPods += 1;
    mark.most = Math.max(mark.most, armed);
    const isPresent = (seen: SeenProcess) => present.some(({ instanceID }) => instanceID === seen.instanceID);
    const absent = mark.processes.filter((seen) => !isPresent(seen));
    const room = Math.max(0, mark.most + MOST_ABSENT - present.length);
    mark.processes = present.length + absent.length === 0 ? NONE : [...present, ...absent.slice(0, room)];
  }

  #markOf(podUID: string): PodMark {
    const known = this.#marks.get(podUID) ?? this.#gone.get(podUID);
    if (known !== undefined) return known;
    const mark: PodMark = { version: 0, processes: NONE, most: 0, isHit: false, released: NONE };
    this.#marks.set(podUID, mark);
    return mark;
  }

  #forgetOthers(pods: readonly MatchedPod[]): void {
    const present = new Set(pods.map(({ pod }) => pod.metadata.uid));
    for (const [uid, mark] of this.#marks) {
      if (present.has(uid)) continue;
      this.#marks.delete(uid);
      if (mark.most === 0 && !mark.isHit) continue;
      // It is taken out of a pod that does not match.
      mark.processes = mark.processes.flatMap((seen) => letGo(seen) ?? []);
      this.#gone.set(uid, mark);
    }
    for (const uid of this.#gone.keys()) {
      if (this.#gone.size <= MOST_GONE) return;
      this.#gone.delete(uid);
    }
  }
}

const letGo = (seen: SeenProcess | undefined): SeenProcess | undefined => seen && { ...seen, isArmed: false };

const hashOf = ({ redactionHash }: { readonly redactionHash?: string | undefined }) =>
  redactionHash === undefined ? {} : { redactionHash };

/** Nothing for a time that a process made up and that cannot be written. */
function hitTimeOf({ time }: Result): { readonly hitTime?: string } {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? {} : { hitTime: date.toISOString() };
}
