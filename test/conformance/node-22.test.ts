import { declareConformance } from './conformance.ts';

declareConformance('22', [
  { tool: 'source' },
  { tool: 'esbuild' },
  { tool: 'rollup' },
  { tool: 'webpack', attached: true },
]);
