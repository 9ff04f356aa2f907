import { isInCode } from '../../../api/instance-state.ts';
import { auditedProcess, cut } from '../../../audit/subject.ts';
import type { Fleet, PodIdentity, ProcessView } from '../../../gateway/fleet/fleet.ts';
import type { Result } from '../../../protocol/result.ts';
import type { ProcessInfo } from '../../../protocol/state.ts';
import type { MatchedPod } from '../status/verdict.ts';
import type { Emit } from './emit.ts';

/** Rules of redaction of one pod whose first results are told apart; they come one after the other, with changes of policies. */
const MOST_HASHES = 16;
/** Processes of one pod that are remembered although its agent does not name them now. */
const MOST_ABSENT = 8;
const NONE: readonly never[] = [];
const ONCE = { isOfGeneration: true };

/** A process that has the probe in its code, and under which rules of redaction. */
interface ArmedProcess {
  readonly instanceID: string;
  readonly redactionHash: string | undefined;
}

/** What is recorded of one pod. There is one for each pod of each probe. */
interface PodMark {
  /** The Fleet's version of the pod when it was read last. */
  version: number;
  armed: readonly ArmedProcess[];
  isCounted: boolean;
  isHit: boolean;
  /** Rules of redaction under which results were released. */
  released: readonly (string | undefined)[];
}

/** What is audited of one generation of a probe in its pods. As many pods are remembered as match it. */
export class PodSteps {
  readonly #fleet: Pick<Fleet, 'versionOf'>;
  readonly #generation: number;
  readonly #emit: Emit;
  /** By the UID of the pod. */
  readonly #marks = new Map<string, PodMark>();
  /** Whether any process has said anything of the probe since it was taken out last. */
  isCarried = false;
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
    for (const mark of this.#marks.values()) mark.armed = NONE;
  }

  #read({ pod: { metadata }, processes }: MatchedPod, mark: PodMark): void {
    const pod = { name: metadata.name, uid: metadata.uid };
    const armed: ArmedProcess[] = [];
    for (const view of processes) {
      const { state, acknowledged, process: known } = view;
      this.isCarried ||= state !== undefined;
      const before = mark.armed.find(({ instanceID }) => instanceID === known.instanceID);
      // A process that has only not answered yet has it still.
      const now = acknowledged ? this.#armedIn(view) : before;
      if (now !== undefined) armed.push(now);
      const process = auditedProcess(known.instanceID, known);
      if (now !== undefined && (before === undefined || before.redactionHash !== now.redactionHash)) {
        const { location, placement } = state ?? {};
        const how = { ...(location && { bound: cut(location) }), ...(placement && { placement }) };
        this.#emit({ step: 'Armed', pod, process, ...hashOf(now), ...how }, [
          pod.uid,
          known.instanceID,
          now.redactionHash,
        ]);
      }
      if (state?.generation === this.#generation && state.hits > 0 && !mark.isHit) {
        mark.isHit = true;
        this.#emit({ step: 'FirstHit', pod, process }, [pod.uid], ONCE);
      }
    }
    this.#keep(mark, armed, processes);
  }

  /** Undefined where the process does not say that it has this generation of the probe. */
  #armedIn({ process: { instanceID }, state }: ProcessView): ArmedProcess | undefined {
    if (state === undefined || !isInCode(state.state) || state.generation !== this.#generation) return undefined;
    return { instanceID, redactionHash: state.redactionHash };
  }

  /** Processes of an agent that has just started again are not all there yet; they are not armed anew. */
  #keep(mark: PodMark, armed: readonly ArmedProcess[], processes: readonly ProcessView[]): void {
    const isThere = (one: ArmedProcess) => processes.some(({ process }) => process.instanceID === one.instanceID);
    const absent = mark.armed.filter((one) => !isThere(one)).slice(0, MOST_ABSENT);
    mark.armed = armed.length + absent.length === 0 ? NONE : [...armed, ...absent];
    if (armed.length === 0 || mark.isCounted) return;
    mark.isCounted = true;
    this.armedPods += 1;
  }

  #markOf(podUID: string): PodMark {
    const known = this.#marks.get(podUID);
    if (known !== undefined) return known;
    const mark: PodMark = { version: 0, armed: NONE, isCounted: false, isHit: false, released: NONE };
    this.#marks.set(podUID, mark);
    return mark;
  }

  #forgetOthers(pods: readonly MatchedPod[]): void {
    const present = new Set(pods.map(({ pod }) => pod.metadata.uid));
    for (const uid of this.#marks.keys()) if (!present.has(uid)) this.#marks.delete(uid);
  }
}

const hashOf = ({ redactionHash }: { readonly redactionHash?: string | undefined }) =>
  redactionHash === undefined ? {} : { redactionHash };

/** Nothing for a time that a process made up and that cannot be written. */
function hitTimeOf({ time }: Result): { readonly hitTime?: string } {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? {} : { hitTime: date.toISOString() };
}
