// A stack of some depth with objects in it. Commands on standard input: `pauses N` walks down N times, 60 ms apart, and prints how
// many microseconds each took; `floor N` does so with a pause of its own that reads nothing: what V8 itself asks; `delay N` does so and
// prints the delay of the event loop meanwhile, in microseconds: median, p99, most.
'use strict';
const { monitorEventLoopDelay } = require('node:perf_hooks');
class Order {
  constructor(id) {
    this.id = id;
    this.customer = { name: 'Humphry', email: 'h@example.org', address: { city: 'Penzance', street: 'Market Jew' } };
    this.items = Array.from({ length: 10 }, (_, index) => ({ name: `item ${index}`, price: index, quantity: 2 }));
    this.tags = new Map([['kind', 'retail']]);
  }
}
function total(order, rate) {
  const { items } = order;
  let sum = 0;
  for (const { price, quantity } of items) sum += price * quantity * rate;
  return sum;
}
function descend(levels, order) {
  const label = `level ${levels}`;
  const options = { levels, label, when: new Date(0) };
  if (levels === 0) return total(order, 1.2);
  return descend(levels - 1, order) + options.label.length;
}
const order = new Order(7);
for (let warm = 0; warm < 5000; warm++) descend(10, order);

let session;
function pauseAtReturn() {
  const { Session } = require('node:inspector');
  session = new Session();
  session.connect();
  session.on('Debugger.paused', () => session.post('Debugger.resume'));
  session.post('Debugger.enable');
  const lineNumber = require('node:fs').readFileSync(__filename, 'utf8').split('\n').indexOf('  return sum;');
  session.post('Debugger.setBreakpointByUrl', { lineNumber, url: `file://${__filename}`, condition: 'true' });
}

require('node:readline')
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [command, count] = line.split(' ');
    if (command === 'floor') pauseAtReturn();
    const times = [];
    const delay = command === 'delay' ? monitorEventLoopDelay({ resolution: 1 }) : undefined;
    delay?.enable();
    const timer = setInterval(() => {
      const started = performance.now();
      descend(10, order);
      times.push(Math.round((performance.now() - started) * 1000));
      if (times.length < Number(count)) return;
      clearInterval(timer);
      session?.disconnect();
      session = undefined;
      const delays =
        delay && [delay.percentile(50), delay.percentile(99), delay.max].map((ns) => Math.round(ns / 1000));
      console.log(JSON.stringify(delays ?? times));
    }, 60);
  });
