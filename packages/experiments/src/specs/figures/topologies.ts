import type { Exhibit, Group, Scale, Scaled } from '../exhibit.ts';
import { DESK_BOOK, IN_WORDS, PAPER_PTB, PAPER_SEEDS, QUICK_BOOK } from '../scales.ts';

const ADAPTIVE = [{ method: 'set' }, { method: 'selfish' }, { method: 'rigl' }];
const WITH_STATIC = [{ method: 'static' }, ...ADAPTIVE];

/** Three seeds of each method; at the quick scale so many. */
function scalesOf(runs: Group['runs'], quickSeeds: number[]): Record<Scale, Scaled> {
  const book = { title: 'Moby Dick', runs };
  return {
    quick: { setting: IN_WORDS.quickBook, groups: [{ ...QUICK_BOOK, ...book, seeds: quickSeeds }] },
    desk: { setting: `${IN_WORDS.deskBook} Three seeds.`, groups: [{ ...DESK_BOOK, ...book, seeds: PAPER_SEEDS }] },
    paper: {
      setting: `${IN_WORDS.paperPtb} Three seeds.`,
      groups: [{ ...PAPER_PTB, title: 'Penn Treebank', runs }],
    },
  };
}

const GATES = scalesOf(ADAPTIVE, [1]);
const TOPOLOGIES = scalesOf(WITH_STATIC, [1, 2]);

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
