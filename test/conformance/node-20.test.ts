import { declareConformance } from './conformance.ts';

declareConformance('20');
