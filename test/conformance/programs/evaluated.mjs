const source = ['(function evaluated(value) {', '  const doubled = value * 2;', '  return doubled + value;', '})', '//# sourceURL=programs/evaluated-code.js'];
const evaluated = (0, eval)(source.join('\n'));
const compiled = new Function('a', 'b', 'const sum = a + b;\nreturn sum * sum;\n//# sourceURL=programs/compiled-code.js');

// @entry evaluated in evaluated-code.js: evaluated {value}
// @exit evaluated in evaluated-code.js: {doubled} and {$return}
// @log in evaluated-code.js:3: {value} doubled is {doubled}
// @log in compiled-code.js:3: sum {sum} of {a} and {b}
export function run() {
  const result = evaluated(21) + compiled(1, 2);
  return result + result; // @log {result}
}
