import type { ProcessStates } from '../../protocol/gateway-messages.ts';
import { MAX_FRAME_BYTES } from '../../protocol/limits.ts';
import type { ProbeState } from '../../protocol/state.ts';

/** Bytes that states may take of a frame; the rest of the frame needs well under the difference. */
export const MAX_STATES_BYTES = MAX_FRAME_BYTES - 64 * 1024;

/** Characters that are left of each message, step by step, before anything else is left out. */
const MESSAGE_LENGTHS = [256, 80, 0];

/**
 * The states of a pod as JSON, at most `mostBytes` long. Where they are longer, messages are cut first, then locations and costs are
 * left out, then what was dropped; counts and reasons stay. As the last resort whole processes are left out, from the end of the list.
 */
export function fitStates(processes: readonly ProcessStates[], mostBytes = MAX_STATES_BYTES): string {
  const whole = JSON.stringify(processes);
  if (Buffer.byteLength(whole) <= mostBytes) return whole;
  const shorter = [
    ...MESSAGE_LENGTHS.map((length) => (state: ProbeState) => withMessage(state, length)),
    (state: ProbeState) => ({ ...withMessage(state, 0), location: undefined, cost: undefined }),
    (state: ProbeState) => ({ ...withMessage(state, 0), location: undefined, cost: undefined, dropped: [] }),
  ];
  let json = whole;
  for (const shorten of shorter) {
    const fewer = processes.map((one) => ({ ...one, probes: one.probes.map(shorten) }));
    json = JSON.stringify(fewer);
    if (Buffer.byteLength(json) <= mostBytes) return json;
  }
  const encoded = (JSON.parse(json) as unknown[]).map((one) => JSON.stringify(one));
  let bytes = '[]'.length;
  const kept = encoded.filter((one) => {
    bytes += Buffer.byteLength(one) + 1;
    return bytes <= mostBytes;
  });
  return `[${kept.join(',')}]`;
}

const withMessage = (state: ProbeState, length: number): ProbeState => ({
  ...state,
  message: length === 0 ? undefined : state.message?.slice(0, length),
});
