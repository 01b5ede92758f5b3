import { DataError } from '../errors.ts';

/** Where batches stand: the epoch and step of the one that comes next, both from 0. */
export interface BatchPosition {
  /** Epochs that are over. */
  epoch: number;
  /** Batches of this epoch that are over. */
  step: number;
}

/** Throws a `DataError` (`usage`) if no batch is at that position. */
export function checkPosition({ epoch, step }: BatchPosition, stepsPerEpoch: number): void {
  const valid = Number.isSafeInteger(epoch) && epoch >= 0 && Number.isSafeInteger(step) && step >= 0;
  if (valid && step < stepsPerEpoch) return;
  throw new DataError('usage', {
    expected: `a position with epoch >= 0 and step in 0 ... ${stepsPerEpoch - 1}`,
    came: `epoch ${epoch}, step ${step}`,
    advice: 'use a position saved with the same corpus, batch and window',
  });
}

/** Throws a `DataError` (`usage`) for what is no whole number of at least 1. */
export function requirePositive(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new DataError('usage', {
    expected: `${name}, a whole number of at least 1`,
    came: String(value),
    advice: `correct the ${name}`,
  });
}
