import { declareConformance } from './conformance.ts';

declareConformance('24', [
  { tool: 'tsc' },
  { tool: 'source' },
  { tool: 'swc' },
  { tool: 'esbuild' },
  { tool: 'esbuild-inline' },
  { tool: 'rollup' },
  { tool: 'webpack' },
  { tool: 'tsc', attached: true },
]);
