function Formatter(open, close) {
  this.open = open;
  this.close = close;
}

Formatter.prototype.wrap = function (text) {
  const wrapped = this.open + text + this.close;
  return wrapped + wrapped.length; // @log wraps {text} to {wrapped} with {this.open}
};

module.exports = {
  Formatter,
  format: (text, formatter) => {
    var result = formatter.wrap(text);
    return result + result; // @log {text} {result}
  },
};
