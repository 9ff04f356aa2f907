import { declareConformance } from './conformance.ts';

declareConformance('26', [
  { tool: 'source' },
  { tool: 'esbuild' },
  { tool: 'rollup' },
  { tool: 'webpack', attached: true },
]);
