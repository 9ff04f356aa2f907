import { declareConformance } from './conformance.ts';

declareConformance('26');
