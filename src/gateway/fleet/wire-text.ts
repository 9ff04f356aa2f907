import type { GatewayToAgent } from '../../protocol/gateway-messages.ts';
import type { WireProbe } from '../../protocol/wire-probe.ts';

interface WireText {
  readonly json: string;
  /** UTF-8. */
  readonly bytes: number;
}

const texts = new WeakMap<WireProbe, WireText>();

/** The probe as JSON in a frame. Written once, however many pods it goes to. */
export function wireTextOf(probe: WireProbe): WireText {
  const known = texts.get(probe);
  if (known !== undefined) return known;
  const json = JSON.stringify(probe);
  const text = { json, bytes: Buffer.byteLength(json) };
  texts.set(probe, text);
  return text;
}

/** The frame as JSON.stringify would write it, put together from the texts of its probes. */
export function writeDesired({ revision, probes, grants }: Extract<GatewayToAgent, { type: 'desired' }>): string {
  const list = probes.map((probe) => wireTextOf(probe).json).join(',');
  const granted = grants === undefined ? '' : `,"grants":${JSON.stringify(grants)}`;
  return `{"type":"desired","revision":${revision},"probes":[${list}]${granted}}`;
}
