// Sets a logpoint of @google-cloud/debug-agent in the server, without its cloud.
'use strict';
const { basename, dirname, join } = require('node:path');
const [agent, line] = process.env.DAVYLAMP_PEER.split(':');
const { create } = require(join(agent, 'v8/debugapi.js'));
const { defaultConfig } = require(join(agent, 'config.js'));
setImmediate(() => {
  const file = process.argv[1];
  const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {} };
  const config = {
    ...defaultConfig,
    workingDirectory: dirname(file),
    allowExpressions: true,
    javascriptFileExtensions: ['.cjs'],
    log: { ...defaultConfig.log, maxLogsPerSecond: 1e6 },
  };
  const stats = { [file]: { hash: '0', lines: 30 } };
  const api = create(quiet, config, stats, { hasMappingInfo: () => false, getMapInfoInput: () => null });
  const breakpoint = {
    id: 'bench',
    action: 'LOG',
    location: { path: basename(file), line: Number(line) },
    logMessageFormat: 'order $0 costs $1',
    expressions: ['order.id', 'sum'],
  };
  api.set(breakpoint, (error) => {
    if (error) throw error;
    api.log(
      breakpoint,
      (format, values) => process.stderr.write(`${format} ${values}\n`),
      () => false,
    );
  });
});
