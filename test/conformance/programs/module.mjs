// @not swc: CommonJS has no import.meta
import { priceOf } from './module-part.mjs';
export { priceOf as default } from './module-part.mjs';

const here = new URL(import.meta.url).protocol;

export async function run() {
  const module = await import('./module-part.mjs');
  const price = priceOf(2) + module.rate;
  return price + here.length; // @log {price} {here} {module.rate}
}
