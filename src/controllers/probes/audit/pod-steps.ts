import { isInCode } from '../../../api/instance-state.ts';
import { auditedProcess, cut } from '../../../audit/subject.ts';
import type { Fleet, PodIdentity, ProcessView } from '../../../gateway/fleet/fleet.ts';
import type { Result } from '../../../protocol/result.ts';
import type { ProcessInfo } from '../../../protocol/state.ts';
import { isReporting } from '../desired/unreachable-processes.ts';
import type { MatchedPod } from '../status/verdict.ts';
import type { Emit } from './emit.ts';
import { letGo, NONE, type PodMark, PodMarks, type SeenProcess } from './pod-marks.ts';

/** Rules of redaction of one pod whose first results are told apart; they come one after the other, with changes of policies. */
const MOST_HASHES = 16;
/** Processes of one pod that are remembered beside as many as ever had the probe at the same time. */
const MOST_ABSENT = 8;
const ONCE = { isOfGeneration: true };

/** What is audited of one generation of a probe in its pods. As many pods are remembered as match it, and some that did. */
export class PodSteps {
  readonly #fleet: Pick<Fleet, 'versionOf'>;
  readonly #generation: number;
  readonly #emit: Emit;
  readonly #marks = new PodMarks();
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
      if (version === this.#marks.versionOf(uid)) continue;
      const mark = this.#marks.ofMatching(uid);
      mark.version = version;
      this.#read(matched, mark);
    }
    this.#marks.keepOnly(pods);
  }

  /** Takes one result, which the agent has written to its standard output before it sent it. */
  result(result: Result, from: PodIdentity, known: ProcessInfo | undefined): void {
    this.released += 1;
    const mark = this.#marks.of(from.podUID);
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
    this.#marks.forgetProcesses();
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
      const now = acknowledged ? (this.#armedIn(view) ?? (before && letGo(before))) : before;
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
}

const hashOf = ({ redactionHash }: { readonly redactionHash?: string | undefined }) =>
  redactionHash === undefined ? {} : { redactionHash };

/** Nothing for a time that a process made up and that cannot be written. */
function hitTimeOf({ time }: Result): { readonly hitTime?: string } {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? {} : { hitTime: date.toISOString() };
}
