import { declareReasons } from './conformance.ts';

declareReasons();
