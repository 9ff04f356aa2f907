const { join } = require('node:path');
const { format, Formatter } = require('./interop-part.cjs');

exports.run = function run() {
  const path = join('a', 'b');
  const formatter = new Formatter('<', '>');
  const text = format(path, formatter);
  return text + text.length; // @log {path} {text} {typeof module} {this === exports}
};
