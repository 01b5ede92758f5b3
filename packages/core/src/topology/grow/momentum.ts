import type { ScoringRule } from './rule.ts';

/**
 * Grows where the magnitude of the smoothed gradient is largest (Dettmers & Zettlemoyer 2019, "Sparse networks from
 * scratch: faster training without losing performance"). Ties: the lower flat index grows. `Scores` says what is smoothed
 * and how; nothing of rows x cols numbers is held.
 */
export const momentum: ScoringRule = { name: 'momentum', scores: 'momentum' };
