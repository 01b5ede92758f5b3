import type { Exhibit, Scaled } from '../exhibit.ts';
import { DESK_BOOK, IN_WORDS, PAPER_PTB, PAPER_SEEDS, QUICK_BOOK } from '../scales.ts';

const ADAPTIVE = [{ method: 'set' }, { method: 'selfish' }, { method: 'rigl' }];
const WITH_STATIC = [{ method: 'static' }, ...ADAPTIVE];

const GATES: Record<'quick' | 'desk' | 'paper', Scaled> = {
  quick: { setting: IN_WORDS.quickBook, groups: [{ title: 'Moby Dick', ...QUICK_BOOK, runs: ADAPTIVE }] },
  desk: {
    setting: `${IN_WORDS.deskBook} Three seeds.`,
    groups: [{ title: 'Moby Dick', ...DESK_BOOK, seeds: PAPER_SEEDS, runs: ADAPTIVE }],
  },
  paper: {
    setting: `${IN_WORDS.paperPtb} Three seeds.`,
    groups: [{ title: 'Penn Treebank', ...PAPER_PTB, runs: ADAPTIVE }],
  },
};

const TOPOLOGIES: Record<'quick' | 'desk' | 'paper', Scaled> = {
  quick: {
    setting: `${IN_WORDS.quickBook} Two seeds.`,
    groups: [{ title: 'Moby Dick', ...QUICK_BOOK, seeds: [1, 2], runs: WITH_STATIC }],
  },
  desk: { ...GATES.desk, groups: [{ ...GATES.desk.groups[0], runs: WITH_STATIC }] },
  paper: { ...GATES.paper, groups: [{ ...GATES.paper.groups[0], runs: WITH_STATIC }] },
};

/** Where the weights go when gates and matrices may compete for them. */
export const gateDensities: Exhibit = {
  id: 'figure-6',
  title: 'Densities of gates and matrices',
  question: 'Which gates and which matrices gain connections as the topology adapts?',
  view: { kind: 'gates' },
  scales: GATES,
};

/** How much of all possible connections training has tried. */
export const exploration: Exhibit = {
  id: 'figure-7',
  title: 'Explored share of all connections',
  question: 'How many of all possible connections has training tried, and how many of the first are left?',
  view: { kind: 'explored' },
  scales: TOPOLOGIES,
};

/** Do different seeds come to the same topology? */
export const topologyDistance: Exhibit = {
  id: 'figure-8',
  title: 'Distance between the topologies of different seeds',
  question: 'Do different seeds come to similar topologies, or are there many equally good ones?',
  view: { kind: 'distance' },
  scales: TOPOLOGIES,
};
