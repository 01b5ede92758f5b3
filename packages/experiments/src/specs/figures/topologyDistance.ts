import type { Exhibit } from '../exhibit.ts';
import { exploration } from './exploration.ts';

/** Do different seeds come to the same topology? Of the runs of figure 7. */
export const topologyDistance: Exhibit = {
  id: 'figure-8',
  title: 'Distance between the topologies of different seeds',
  question: 'Do different seeds come to similar topologies, or are there many equally good ones?',
  view: { kind: 'distance' },
  scales: exploration.scales,
};
