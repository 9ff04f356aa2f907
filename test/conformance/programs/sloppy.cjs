function sum(first) {
  var total = 0;
  for (var index = 0; index < arguments.length; index += 1) {
    total += arguments[index]; // @log {index}: {total} of {arguments.length} from {first}
  }
  var self = typeof arguments;
  hoisted = total + self.length;
  return hoisted; // @log {total} {self}
  var hoisted;
}

exports.run = function () {
  var result = sum(1, 2, 3);
  function inner(x) {
    return x + result; // @log {x} {result}
  }
  return inner(10) + sum.call({}, 5);
};
