import { isEven } from './circular-part.ts';

export function isOdd(value: number): boolean {
  if (value === 0) return false;
  return isEven(value - 1); // @log odd {value}
}

export function run(): boolean {
  const answer = isEven(3);
  return answer === isOdd(3); // @log {answer}
}
