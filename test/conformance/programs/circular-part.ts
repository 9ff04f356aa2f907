import { isOdd } from './circular.ts';

export function isEven(value: number): boolean {
  if (value === 0) return true;
  return isOdd(value - 1); // @log even {value}
}
