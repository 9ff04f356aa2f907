export { greet as hello } from './dynamic-import-part.ts';
export * as parts from './circular-part.ts';
import * as own from './reexports.ts';

export function run(): string {
  const text = own.hello('reexport');
  const even = own.parts.isEven(0);
  return `${text} ${even} ${text}`; // @log {text} {even}
}
