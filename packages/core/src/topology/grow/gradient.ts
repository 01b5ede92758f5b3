import type { ScoringRule } from './rule.ts';

/**
 * Grows where the magnitude of the dense gradient is largest (Evci et al. 2020, "Rigging the lottery: making all tickets
 * winners"). Ties: the lower flat index grows. The dense gradient is never held: the trainer computes it in blocks of rows
 * and keeps the largest (`TopPositions`).
 */
export const gradient: ScoringRule = { name: 'gradient', scores: 'gradient' };
