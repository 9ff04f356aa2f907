import { afterAll } from 'vitest';
import { leaveNamespaces } from './workloads.ts';

/** For each file of tests. */
afterAll(leaveNamespaces);
