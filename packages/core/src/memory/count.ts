import { panelBytes, SCRATCH_BYTES } from '../engines/simd/denseWeight.ts';
import { productBytes } from '../engines/simd/weight.ts';
import { planLanguageModel } from '../models/languageModel.ts';
import type { LanguageModelSettings, TextClassifierSettings } from '../models/settings.ts';
import { planTextClassifier } from '../models/textClassifier.ts';
import { LAYER_FLOATS } from './layers.ts';
import { addWeights, matrixBytes, type StoredMatrix, sum, type WeightBytes } from './weights.ts';
import { type BatchSize, type WindowPlan, windowBytes } from './window.ts';

export type { BatchSize, StoredMatrix, WeightBytes };

/** What one step of training is counted for. */
export interface ByteOptions extends BatchSize {
  /** Every weight matrix of the model once, as `Trainer.matrices` lists them. */
  readonly matrices: readonly StoredMatrix[];
  /** Numbers that the optimizer keeps for each weight. Default 0, plain SGD. */
  readonly slots?: number;
  /** Threads of the engine, which have some scratch each. Default 1. */
  readonly threads?: number;
}

/** Bytes of one step of training on the heap of the simd engine. */
export interface ByteCount {
  /** Of all weight matrices; over their nonzeros it is what `Trainer.memory().bytesPerNonzero` measures. */
  weights: WeightBytes;
  /** Of the biases: values, gradients, slots. */
  biases: number;
  /** Kept from the forward to the backward pass: what the layers keep, and their inputs. */
  activations: number;
  /** The scores of all outputs. */
  logits: number;
  /** The most that is in use at a time. */
  peak: number;
}

/**
 * Computes the bytes of one step of training on the simd engine, from shapes and counts alone: of the weights and all that is
 * kept for each, of the activations kept for the backward pass, of the logits, and of all that is in use at the step's peak.
 * Topology updates and evaluation are left out.
 *
 * Activations lie in tiles: T*B columns are rounded up to a multiple of 32, or to 16 where there are no more. A layer keeps
 * 7H floats a column (LSTM), 5H (GRU) or 3HL (RHN of depth L), and its input.
 *
 * @param settings of the model.
 * @returns undefined for a cell of which it is not known what it keeps.
 * @example
 * countBytes(settings, { matrices: trainer.matrices, batch: 20, steps: 35, slots: 0 })?.peak;
 */
export function countBytes(
  settings: LanguageModelSettings | TextClassifierSettings,
  options: ByteOptions,
): ByteCount | undefined {
  const { matrices, slots = 0, threads = 1 } = options;
  const plan = 'classes' in settings ? planTextClassifier(settings) : planLanguageModel(settings);
  if (plan.layers.some(({ cell }) => LAYER_FLOATS[cell.name] === undefined)) return undefined;
  const tied = 'tied' in settings && settings.tied === true;
  const bytesOf = (matrix: StoredMatrix) =>
    matrixBytes(matrix, { transposed: tied || matrix.role !== 'embedding', slots, threads });
  const weights = addWeights(matrices.map(bytesOf));
  const biases = 4 * sum(plan.biases.map(({ values }) => values.length));
  const byName = new Map(matrices.map(matrix => [matrix.name, matrix]));
  const window: WindowPlan = {
    ...windowPlan(settings, plan.layers),
    gradient: name => 4 * (byName.get(tied && name === 'decoder' ? 'embedding' : name)?.nnz ?? 0),
    read(name) {
      const matrix = byName.get(name);
      return matrix ? productBytes(matrix.nnz, matrix.sparse) : 0;
    },
    panels(name, isTransposed) {
      const { rows, cols, sparse } = byName.get(name) ?? { rows: 0, cols: 0, sparse: true };
      if (sparse) return 0;
      return isTransposed ? panelBytes(cols, rows) : panelBytes(rows, cols);
    },
  };
  const { activations, logits, peak } = windowBytes(window, options);
  const scratch = matrices.some(({ sparse }) => !sparse) ? threads * SCRATCH_BYTES : 0;
  const lasting = weights.values + weights.indices + weights.copies + weights.slots + biases * (1 + slots) + scratch;
  return {
    weights,
    biases: biases * (2 + slots),
    activations,
    logits,
    peak: lasting + biases + peak,
  };
}

function windowPlan(
  settings: LanguageModelSettings | TextClassifierSettings,
  layers: WindowPlan['layers'][number],
): Omit<WindowPlan, 'gradient' | 'read' | 'panels'> {
  const { embedding } = settings;
  if ('classes' in settings) {
    const { bidirectional, classes, output, dropout } = settings;
    const directions = bidirectional ? 2 : 1;
    return {
      layers: Array.from({ length: settings.layers }, (_, k) => layers.slice(directions * k, directions * (k + 1))),
      embedding,
      dropout: { ...acts(dropout), word: false, state: false },
      outputs: output === 'sigmoid' ? 1 : classes,
      lastOnly: true,
    };
  }
  const { vocabulary, dropout } = settings;
  return {
    layers: layers.map(layer => [layer]),
    embedding,
    dropout: { ...acts(dropout), word: dropout.word > 0, state: (dropout.state ?? 0) > 0 },
    outputs: vocabulary,
    lastOnly: false,
  };
}

function acts({ input, between, output }: { input: number; between: number; output: number }) {
  return { input: input > 0, between: between > 0, output: output > 0 };
}
