// Commands on standard input: `calls N` runs the hot function N times and prints nanoseconds per call;
// `floor N` does so with a breakpoint of its own whose condition is the constant false: what V8 itself asks per hit;
// `rss` prints the megabytes that the process has in memory;
// `seconds N` runs it for N seconds and prints the calls of every 100 ms.
'use strict';
let sum = 0;
const bump = (value) => {
  // Stays a small integer: a larger one would be allocated at each call and be what is measured.
  sum = (sum + value) & 0xffff;
  return sum;
};
function hot(value) {
  const next = bump(value);
  return next;
}

let session;
function setBreakpoint() {
  session = new (require('node:inspector').Session)();
  session.connect();
  session.post('Debugger.enable');
  const lineNumber = require('node:fs').readFileSync(__filename, 'utf8').split('\n').indexOf('  return next;');
  session.post('Debugger.setBreakpointByUrl', { lineNumber, url: `file://${__filename}`, condition: 'false' });
}

require('node:readline')
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [command, count] = line.split(' ');
    if (command === 'floor') setBreakpoint();
    if (command === 'calls' || command === 'floor') {
      const start = process.hrtime.bigint();
      for (let i = 0; i < Number(count); i++) hot(i);
      const perCall = Number(process.hrtime.bigint() - start) / Number(count);
      session?.disconnect();
      session = undefined;
      console.log(String(perCall));
      return;
    }
    if (command === 'rss') {
      console.log(String(process.memoryUsage.rss() / 1e6));
      return;
    }
    const slices = [];
    const end = performance.now() + Number(count) * 1000;
    const slice = () => {
      const until = performance.now() + 100;
      let calls = 0;
      while (performance.now() < until) for (let i = 0; i < 1000; i++, calls++) hot(i);
      slices.push(calls);
      if (until < end) setImmediate(slice);
      else console.log(JSON.stringify(slices));
    };
    slice();
  });
