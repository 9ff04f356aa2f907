/**
 * How a file of the runtime gets into a thread that has nothing of it yet: as text that is evaluated there. The file is read and compiled
 * as what it is, a CommonJS module, but not by `require`: an attached process sees the agent's files below `/proc/PID/root`, a link that
 * Node.js' resolution of paths would follow to the process's own root. Nothing stays in `require.cache` either, so that the next agent
 * brings its own version.
 */

/** What a CommonJS module sees beside the globals. */
export const MODULE_PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'] as const;

/** Key of globalThis under which the runtime of a thread is found, for as long as it is in the thread. */
const RUNTIME_KEY_NAME = 'dev.davylamp.runtime';
export const RUNTIME_KEY = Symbol.for(RUNTIME_KEY_NAME);

/** @returns an expression, a function of what gives a builtin module by its name, that loads the file and returns its exports. */
export function loadText(file: string): string {
  const path = JSON.stringify(file);
  const directory = JSON.stringify(file.slice(0, file.lastIndexOf('/')));
  return `((builtin) => {
    const { Module, createRequire } = builtin('node:module');
    const module = new Module(${path});
    const source = builtin('node:fs').readFileSync(${path}, 'utf8');
    const parameters = ${JSON.stringify(MODULE_PARAMETERS)};
    const compiled = builtin('node:vm').compileFunction(source, parameters, { filename: ${path} });
    Reflect.apply(compiled, module.exports, [module.exports, createRequire(${path}), module, ${path}, ${directory}]);
    return module.exports;
  })`;
}

/**
 * @returns the program of a worker thread that is the file. Up to Node.js 22, what a worker evaluates finds the parameters of a module as
 * globals; they go, because the runtime looks there which names are globals of the application.
 */
export function workerText(file: string): string {
  const names = JSON.stringify(MODULE_PARAMETERS);
  return `((builtin, load) => {
    for (const name of ${names}) delete globalThis[name];
    load(builtin);
  })(require, ${loadText(file)});`;
}

/** @returns an expression for the runtime of the thread: the one that is in it, unless its agent has gone, or else one of that preload. */
export function runtimeText(preload: string): string {
  return `((held) =>
    held !== undefined && !held.leave() ? held : ${loadText(preload)}(process.getBuiltinModule)
  )(globalThis[Symbol.for(${JSON.stringify(RUNTIME_KEY_NAME)})])`;
}

/**
 * @returns an expression for a promise of the value, which never rejects: what the inspector evaluates runs in the middle of whatever the thread is
 * doing, as in a function of Node.js that is about to use what the expression changes. This one is evaluated when that code has ended.
 */
export function laterText(expression: string): string {
  return `(async () => {
    await null;
    try {
      return { value: ${expression} };
    } catch (error) {
      return { problem: String(error?.stack ?? error) };
    }
  })()`;
}
