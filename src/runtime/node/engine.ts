/** Entry of the bundle engine.cjs, which the preload loads on the application's thread with the first probe. */
export { Engine, type EngineOptions } from './application/engine.ts';
