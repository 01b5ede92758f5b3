import type { Exhibit, Group } from '../exhibit.ts';
import { averagedBy, momentumSgd } from '../methodLists.ts';
import { DESK_BOOK, IN_WORDS, PAPER_PTB, QUICK_BOOK } from '../scales.ts';

const REFERENCES = [{ method: 'dense' }, { method: 'static' }];

/**
 * A group per optimizer, with a dense and a static model of its own. Growth and redistribution by momentum need one.
 *
 * @param averaging settings of the groups that average.
 */
function perOptimizer({ settings, ...study }: Omit<Group, 'title'>, learningRate: number, averaging = {}): Group[] {
  const grow = ['random', 'gradient'];
  const redistribute = ['none', 'magnitude', 'nonzeros'];
  return [
    { optimizer: 'sgd', grow, redistribute },
    { optimizer: 'snt-asgd', ...averaging, grow, redistribute },
    { ...momentumSgd(learningRate), grow: [...grow, 'momentum'], redistribute: [...redistribute, 'momentum'] },
  ].map(({ grow, redistribute, ...optimizer }) => ({
    title: optimizer.optimizer,
    ...study,
    settings: { ...settings, ...optimizer },
    grid: { method: ['set'], grow, redistribute },
    runs: REFERENCES,
  }));
}

/** Which part of a method makes the difference; what is dropped stays as in `set`. */
export const ablation: Exhibit = {
  id: 'table-5',
  title: 'Ablation: optimizer, growth, redistribution',
  question: 'What matters: the optimizer, where new weights grow, or how they are shared out among the matrices?',
  view: { kind: 'quality' },
  scales: {
    quick: {
      setting: `${IN_WORDS.quickBook} Momentum SGD with a tenth of the learning rate.`,
      groups: perOptimizer(QUICK_BOOK, 20),
    },
    desk: {
      setting: `${IN_WORDS.deskBook} ${IN_WORDS.averaged} Momentum SGD with a tenth of the learning rate. One seed: single runs.`,
      groups: perOptimizer(DESK_BOOK, 20, averagedBy(3)),
    },
    paper: {
      setting: `${IN_WORDS.paperPtb} Momentum SGD with a tenth of the learning rate. Three seeds.`,
      groups: perOptimizer(PAPER_PTB, 40),
    },
  },
};
