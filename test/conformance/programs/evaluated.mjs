const source = ['(function evaluated(value) {', '  const doubled = value * 2;', '  return doubled + value;', '})', '//# sourceURL=programs/evaluated-code.js'];
const evaluated = (0, eval)(source.join('\n'));
const compiled = new Function('a', 'b', 'const sum = a + b;\nreturn sum * sum;\n//# sourceURL=programs/compiled-code.js');

// @entry evaluated: evaluated {value}
// @exit evaluated: {doubled} and {$return}
export function run() {
  const result = evaluated(21) + compiled(1, 2);
  return result + result; // @log {result}
}
