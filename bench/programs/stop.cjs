// Twenty functions that are called all the time; a line of each, found by its mark, gets a probe.
'use strict';
const calls = [
  (n) => n + 0, // @0
  (n) => n + 1, // @1
  (n) => n + 2, // @2
  (n) => n + 3, // @3
  (n) => n + 4, // @4
  (n) => n + 5, // @5
  (n) => n + 6, // @6
  (n) => n + 7, // @7
  (n) => n + 8, // @8
  (n) => n + 9, // @9
  (n) => n + 10, // @10
  (n) => n + 11, // @11
  (n) => n + 12, // @12
  (n) => n + 13, // @13
  (n) => n + 14, // @14
  (n) => n + 15, // @15
  (n) => n + 16, // @16
  (n) => n + 17, // @17
  (n) => n + 18, // @18
  (n) => n + 19, // @19
];
let turn = 0;
setInterval(() => {
  turn += 1;
  for (const call of calls) call(turn);
}, 25);
