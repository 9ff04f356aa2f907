import type { NodeFunction } from '../../channel/function-proof.ts';

/**
 * Functions and getters of Node.js 20 to 26 that change nothing but a cache of their own and run no code of the application,
 * by the script that they are in and how their text begins; `asItIs` may run as they are, the others are done by
 * application/guard/proven/node-functions.ts.
 */
const KNOWN: readonly (readonly [url: RegExp, text: RegExp, kind: NodeFunction])[] = [
  [
    /^node:internal\/url$/,
    /^get (?:href|origin|protocol|username|host|hostname|port|pathname|search|searchParams|hash|size)\(\)/,
    'asItIs',
  ],
  [
    /^node:internal\/url$/,
    /^(?:get|getAll)\(name\)|^has\(name(?:, value = undefined)?\)|^(?:toString|toJSON)\(\)/,
    'asItIs',
  ],
  [
    /^node:internal\/deps\/undici\/undici$/,
    /^get (?:url|method|headers|status|statusText|ok|redirected|type|bodyUsed|destination|redirect|mode|credentials)\(\)/,
    'asItIs',
  ],
  [/^node:internal\/deps\/undici\/undici$/, /^(?:get|has)\(name\)/, 'asItIs'],
  [/^node:_http_incoming$/, /^function\s*\(\) \{\s*if \(!this\[kHeaders\]\)/, 'headers'],
  [/^node:_http_outgoing$/, /^function getHeader\(name\)/, 'getHeader'],
  [/^node:_http_outgoing$/, /^function hasHeader\(name\)/, 'hasHeader'],
  [
    /^node:net$/,
    /^function\s*\(\) \{\s*if \(!this\._handle \|\| !this\._handle\.getpeername \|\| this\.connecting\)/,
    'peername',
  ],
];

/** Whether the text looks like one of these functions, so that it is worth asking V8 where the function is. */
export function mayBeOfNode(text: string): boolean {
  return KNOWN.some(([, start]) => start.test(text));
}

/** @param url of the script that V8 says the function is in. */
export function nodeFunction(url: string, text: string): NodeFunction | undefined {
  return KNOWN.find(([script, start]) => script.test(url) && start.test(text))?.[2];
}

/**
 * The source of a script of Node.js, which it carries in itself; undefined where asking would print a deprecation on the
 * application's standard error, or is not permitted. This is the worker's own `process`, which the application cannot have changed.
 */
export function sourceOfNode(url: string): string | undefined {
  const warns = process.env.NODE_PENDING_DEPRECATION === '1' || process.execArgv.includes('--pending-deprecation');
  if (warns || process.env.NODE_OPTIONS?.includes('--pending-deprecation') === true) return undefined;
  try {
    const { binding } = process as unknown as { binding(name: 'natives'): Readonly<Record<string, unknown>> };
    const text = binding('natives')[url.slice('node:'.length)];
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}
