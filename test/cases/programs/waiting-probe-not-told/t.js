function f(a) {
  return a + 1;
}
setInterval(() => f(1), 100);
setTimeout(() => process.exit(), 4000);
