import type { Optimizer, Variable } from '@tensorflow/tfjs-core';

/** What a TensorFlow.js optimizer keeps for each trained variable, in the variables' order. */
type Accumulators = ({ originalName: string; variable: Variable } | undefined)[];

/** The fields of TensorFlow.js' optimizers (Adam, Adamax, momentum, RMSProp, Adagrad, Adadelta) that hold accumulators. */
const FIELDS = [
  'accumulations',
  'accumulatedFirstMoment',
  'accumulatedSecondMoment',
  'accumulatedWeightedInfNorm',
  'accumulatedMeanSquares',
  'accumulatedMoments',
  'accumulatedMeanGrads',
  'accumulatedGrads',
  'accumulatedUpdates',
];

/** One accumulator of one trained variable. */
export interface Slot {
  variable: Variable;
  /** What it holds for a weight that was just born: 0, but for Adagrad. */
  initial: number;
}

/**
 * The accumulators of one trained variable. TensorFlow.js finds them by the variable's place among all that are trained,
 * and makes them at the first step.
 *
 * @param index place of the variable among the trained ones of the model.
 * @param size its number of elements. An optimizer whose accumulators do not fit was used on another model.
 */
export function slotsOf(optimizer: Optimizer, index: number, size: number): Slot[] {
  const fields = optimizer as unknown as Record<string, Accumulators | undefined>;
  const { initialAccumulatorValue = 0 } = optimizer as unknown as { initialAccumulatorValue?: number };
  return FIELDS.flatMap(field => {
    const variable = fields[field]?.[index]?.variable;
    if (variable === undefined) return [];
    if (variable.size !== size) {
      throw new Error(
        `The optimizer's ${field}[${index}] has ${variable.size} elements where the weight has ${size}: it belongs to ` +
          'another model. Compile each model with an optimizer of its own.',
      );
    }
    return [{ variable, initial: initialAccumulatorValue }];
  });
}
