import config, { vat, level as current, raise } from './tax';
import * as all from './tax';
interface Opts { retry?: number; name?: string; list?: number[] }
async function load(opts: Opts) {
  const { retry = 2, name = 'n' } = opts;
  const [first = 7, ...others] = opts.list ?? [];
  await null;
  const sum = retry + first;
  raise();
  return { sum, name, others };
}
function plain({ retry = 3, ...rest }: Opts, ...more: number[]) {
  const { name = 'm' } = rest;
  for (const item of more) {
    const { x = item, y } = { y: item * 2 } as any;
    void [retry, name, x, y, item, config.region, vat, current, all.level];
  }
  const inner = more.map((value) => value * retry);
  return inner;
}
class Box {
  #hidden = 41;
  size = 3;
  async open(times = 2) {
    const v = this.#hidden + times;
    await null;
    return v;
  }
  *walk(step = 5) {
    yield step;
    return this.size;
  }
}
let n = 0;
const box = new Box();
async function tick() {
  const loaded = await load({ name: 'given' });
  const made = plain({ name: undefined }, 4);
  const opened = await box.open();
  const walked = [...box.walk()];
  void [loaded, made, opened, walked];
  if (++n > 400) clearInterval(timer);
}
const timer = setInterval(tick, 250);
