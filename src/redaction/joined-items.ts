import type { CapturedValue } from '../protocol/value.ts';
import { shapeOf } from '../protocol/value-types.ts';

const LONGEST_PIECE = 4;
const FEWEST_BYTES = 8;

/**
 * The text that is spelled by a list of characters or short pieces, by a list of bytes, or by the bytes of a Buffer in
 * hexadecimal digits; undefined for everything else.
 */
export function joinedItems(value: CapturedValue): string | undefined {
  const { text, items = [] } = value;
  if (shapeOf(value) === 'bytes') return text === undefined ? undefined : Buffer.from(text, 'hex').toString('latin1');
  if (items.length < 2) return undefined;
  if (items.every((item) => item.type === 'string' && (item.text ?? '').length <= LONGEST_PIECE)) {
    return items.map((item) => item.text ?? '').join('');
  }
  if (items.length < FEWEST_BYTES) return undefined;
  const bytes = items.map((item) => (item.type === 'number' ? Number(item.text) : Number.NaN));
  if (!bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) return undefined;
  return String.fromCharCode(...bytes);
}
