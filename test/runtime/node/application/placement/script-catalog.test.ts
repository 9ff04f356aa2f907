import { expect, test } from 'vitest';
import {
  ScriptCatalog,
  type ScriptOrigin,
} from '../../../../../src/runtime/node/application/placement/script-catalog.ts';
import type { ScriptInfo } from '../../../../../src/runtime/node/channel/script-info.ts';

const originOf = (text: string): ScriptOrigin => ({ source: (scriptId) => `${text} of ${scriptId}` });
const infoOf = (scriptId: string, url = `/app/${scriptId}.js`): ScriptInfo => ({
  scriptId,
  url,
  sourceMapURL: '',
  endLine: 1,
  length: 10,
});

test('a listener is told of scripts that are known, and of each that comes, whoever told of them', () => {
  const catalog = new ScriptCatalog();
  const [hooks, debug] = [originOf('hook'), originOf('debugger')];
  catalog.add({ info: infoOf('hook:1'), origin: hooks, isOfNode: false });
  catalog.add({ info: infoOf('v8:1', 'node:fs'), origin: debug, isOfNode: true });
  const told: string[][] = [];
  catalog.listen((scripts) => told.push(scripts.map(({ scriptId }) => scriptId)));
  catalog.add({ info: infoOf('v8:2'), origin: debug, isOfNode: false });
  catalog.add({ info: infoOf('v8:3', 'node:net'), origin: debug, isOfNode: true });
  expect(told).toEqual([['hook:1'], ['v8:2']]);
  expect(['v8:1', 'v8:2', 'v8:9'].map((id) => catalog.urlOf(id))).toEqual(['node:fs', '/app/v8:2.js', '']);
  expect(['hook:1', 'v8:2'].map((id) => catalog.originOf(id)?.source(id))).toEqual([
    'hook of hook:1',
    'debugger of v8:2',
  ]);
});

test('what one origin told of is forgotten without that of another, and nobody is told again', () => {
  const catalog = new ScriptCatalog();
  const [hooks, debug] = [originOf('hook'), originOf('debugger')];
  catalog.add({ info: infoOf('hook:1'), origin: hooks, isOfNode: false });
  catalog.add({ info: infoOf('v8:1'), origin: debug, isOfNode: false });
  let told = 0;
  catalog.listen(() => told++);
  catalog.forgetFrom(debug);
  expect([catalog.has('hook:1'), catalog.has('v8:1'), told]).toEqual([true, false, 1]);
});

test('nobody is told while nobody listens', () => {
  const catalog = new ScriptCatalog();
  let told = 0;
  catalog.listen(() => told++);
  catalog.stopListening();
  catalog.add({ info: infoOf('v8:1'), origin: originOf(''), isOfNode: false });
  expect([told, catalog.isHeard, catalog.has('v8:1')]).toEqual([0, false, true]);
});
