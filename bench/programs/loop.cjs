// Commands on standard input: `calls N` runs the hot function N times and prints nanoseconds per call;
// `seconds N` runs it for N seconds and prints the calls of every 100 ms.
'use strict';
let sum = 0;
const bump = (value) => {
  sum += value & 3;
  return sum;
};
function hot(value) {
  const next = bump(value);
  return next;
}
require('node:readline')
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [command, count] = line.split(' ');
    if (command === 'calls') {
      const start = process.hrtime.bigint();
      for (let i = 0; i < Number(count); i++) hot(i);
      console.log(String(Number(process.hrtime.bigint() - start) / Number(count)));
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
