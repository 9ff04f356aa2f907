'use strict';
// A heap of as many megabytes of small objects as its command says, 60 hot functions, and an answer to for how long the event loop stood.
const held = [];
const wanted = Number(process.argv[2]) * 1e6;
while (process.memoryUsage().heapUsed < wanted) {
  for (let batch = 0; batch < 100; batch++) {
    held.push(Array.from({ length: 100 }, (_, id) => ({ id, name: `order ${id}`, prices: [id, id + 1] })));
  }
}

exports.f0 = function f0(order) {
  const total = order.prices[0] * 0;
  return total;
};
exports.f1 = function f1(order) {
  const total = order.prices[0] * 1;
  return total;
};
exports.f2 = function f2(order) {
  const total = order.prices[0] * 2;
  return total;
};
exports.f3 = function f3(order) {
  const total = order.prices[0] * 3;
  return total;
};
exports.f4 = function f4(order) {
  const total = order.prices[0] * 4;
  return total;
};
exports.f5 = function f5(order) {
  const total = order.prices[0] * 5;
  return total;
};
exports.f6 = function f6(order) {
  const total = order.prices[0] * 6;
  return total;
};
exports.f7 = function f7(order) {
  const total = order.prices[0] * 7;
  return total;
};
exports.f8 = function f8(order) {
  const total = order.prices[0] * 8;
  return total;
};
exports.f9 = function f9(order) {
  const total = order.prices[0] * 9;
  return total;
};
exports.f10 = function f10(order) {
  const total = order.prices[0] * 10;
  return total;
};
exports.f11 = function f11(order) {
  const total = order.prices[0] * 11;
  return total;
};
exports.f12 = function f12(order) {
  const total = order.prices[0] * 12;
  return total;
};
exports.f13 = function f13(order) {
  const total = order.prices[0] * 13;
  return total;
};
exports.f14 = function f14(order) {
  const total = order.prices[0] * 14;
  return total;
};
exports.f15 = function f15(order) {
  const total = order.prices[0] * 15;
  return total;
};
exports.f16 = function f16(order) {
  const total = order.prices[0] * 16;
  return total;
};
exports.f17 = function f17(order) {
  const total = order.prices[0] * 17;
  return total;
};
exports.f18 = function f18(order) {
  const total = order.prices[0] * 18;
  return total;
};
exports.f19 = function f19(order) {
  const total = order.prices[0] * 19;
  return total;
};
exports.f20 = function f20(order) {
  const total = order.prices[0] * 20;
  return total;
};
exports.f21 = function f21(order) {
  const total = order.prices[0] * 21;
  return total;
};
exports.f22 = function f22(order) {
  const total = order.prices[0] * 22;
  return total;
};
exports.f23 = function f23(order) {
  const total = order.prices[0] * 23;
  return total;
};
exports.f24 = function f24(order) {
  const total = order.prices[0] * 24;
  return total;
};
exports.f25 = function f25(order) {
  const total = order.prices[0] * 25;
  return total;
};
exports.f26 = function f26(order) {
  const total = order.prices[0] * 26;
  return total;
};
exports.f27 = function f27(order) {
  const total = order.prices[0] * 27;
  return total;
};
exports.f28 = function f28(order) {
  const total = order.prices[0] * 28;
  return total;
};
exports.f29 = function f29(order) {
  const total = order.prices[0] * 29;
  return total;
};
exports.f30 = function f30(order) {
  const total = order.prices[0] * 30;
  return total;
};
exports.f31 = function f31(order) {
  const total = order.prices[0] * 31;
  return total;
};
exports.f32 = function f32(order) {
  const total = order.prices[0] * 32;
  return total;
};
exports.f33 = function f33(order) {
  const total = order.prices[0] * 33;
  return total;
};
exports.f34 = function f34(order) {
  const total = order.prices[0] * 34;
  return total;
};
exports.f35 = function f35(order) {
  const total = order.prices[0] * 35;
  return total;
};
exports.f36 = function f36(order) {
  const total = order.prices[0] * 36;
  return total;
};
exports.f37 = function f37(order) {
  const total = order.prices[0] * 37;
  return total;
};
exports.f38 = function f38(order) {
  const total = order.prices[0] * 38;
  return total;
};
exports.f39 = function f39(order) {
  const total = order.prices[0] * 39;
  return total;
};
exports.f40 = function f40(order) {
  const total = order.prices[0] * 40;
  return total;
};
exports.f41 = function f41(order) {
  const total = order.prices[0] * 41;
  return total;
};
exports.f42 = function f42(order) {
  const total = order.prices[0] * 42;
  return total;
};
exports.f43 = function f43(order) {
  const total = order.prices[0] * 43;
  return total;
};
exports.f44 = function f44(order) {
  const total = order.prices[0] * 44;
  return total;
};
exports.f45 = function f45(order) {
  const total = order.prices[0] * 45;
  return total;
};
exports.f46 = function f46(order) {
  const total = order.prices[0] * 46;
  return total;
};
exports.f47 = function f47(order) {
  const total = order.prices[0] * 47;
  return total;
};
exports.f48 = function f48(order) {
  const total = order.prices[0] * 48;
  return total;
};
exports.f49 = function f49(order) {
  const total = order.prices[0] * 49;
  return total;
};
exports.f50 = function f50(order) {
  const total = order.prices[0] * 50;
  return total;
};
exports.f51 = function f51(order) {
  const total = order.prices[0] * 51;
  return total;
};
exports.f52 = function f52(order) {
  const total = order.prices[0] * 52;
  return total;
};
exports.f53 = function f53(order) {
  const total = order.prices[0] * 53;
  return total;
};
exports.f54 = function f54(order) {
  const total = order.prices[0] * 54;
  return total;
};
exports.f55 = function f55(order) {
  const total = order.prices[0] * 55;
  return total;
};
exports.f56 = function f56(order) {
  const total = order.prices[0] * 56;
  return total;
};
exports.f57 = function f57(order) {
  const total = order.prices[0] * 57;
  return total;
};
exports.f58 = function f58(order) {
  const total = order.prices[0] * 58;
  return total;
};
exports.f59 = function f59(order) {
  const total = order.prices[0] * 59;
  return total;
};

let sum = 0;
for (let round = 0; round < 2000; round++) {
  for (const call of Object.values(exports)) sum += call(held[round % held.length][round % 100]);
}

// The thread's own time where Node.js tells it: that of other processes on the machine is not what arming costs.
const now = () => {
  if (process.threadCpuUsage === undefined) return performance.now();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
let last = now();
let longest = 0;
setInterval(() => {
  const time = now();
  longest = Math.max(longest, time - last);
  last = time;
}, 1);
require('node:readline')
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    // In a turn of its own, so that the one before has been counted.
    if (line === 'longest') setTimeout(() => console.log(longest.toFixed(3)), 20);
    if (line === 'forget') {
      longest = 0;
      setTimeout(() => console.log(`forgotten ${sum > 0}`), 20);
    }
  });
