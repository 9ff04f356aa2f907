import { declareConformance } from './conformance.ts';

declareConformance('20', [
  { tool: 'source-js' },
  { tool: 'tsc' },
  { tool: 'webpack' },
  { tool: 'esbuild-inline' },
  { tool: 'rollup', attached: true },
]);
