import { tilesBytes } from '../engines/simd/weight.ts';
import type { LayerPlan } from '../models/layer.ts';
import { LAYER_FLOATS } from './layers.ts';

/** Sizes of one training batch. */
export interface BatchSize {
  /** B: columns. */
  readonly batch: number;
  /** T: time steps of the window. */
  readonly steps: number;
  /** Tokens that are not padding. Default: B * T. */
  readonly tokens?: number;
}

/** Bytes in use as a step goes on, and the most of them. */
class Level {
  private now = 0;
  peak = 0;

  take(bytes: number): void {
    this.now += bytes;
    this.peak = Math.max(this.peak, this.now);
  }

  give(bytes: number): void {
    this.now -= bytes;
  }

  /** What is taken for a while and given back. */
  touch(bytes: number): void {
    this.take(bytes);
    this.give(bytes);
  }
}

/** A model as its activations are counted. */
export interface WindowPlan {
  /** The recurrent layers one after the other; those that read in two directions stand side by side. */
  readonly layers: readonly (readonly LayerPlan[])[];
  /** E: features of the embedding. */
  readonly embedding: number;
  /** Whether each dropout acts: on whole words, the embeddings, between layers, on the recurrent input, on the output. */
  readonly dropout: Readonly<Record<'word' | 'input' | 'between' | 'state' | 'output', boolean>>;
  /** Rows of the logits: the vocabulary, or the classes. */
  readonly outputs: number;
  /** Whether only the last state of every sequence is read, and states start at zero: a classifier. */
  readonly lastOnly: boolean;
  /** Bytes of the gradient of a matrix. */
  gradient(name: string): number;
}

/** Bytes of the activations of one step. */
export interface WindowBytes {
  /** Kept from the forward to the backward pass: what the layers keep, and their inputs. */
  activations: number;
  /** The scores of all outputs; their gradient overwrites them in a language model. */
  logits: number;
  /** The most that is in use at a time, gradients of weights and activations included. */
  peak: number;
}

/** Follows one step of training on the simd engine, as TensorFlow.js keeps and frees its tensors. */
export function windowBytes(plan: WindowPlan, { batch, steps, tokens = batch * steps }: BatchSize): WindowBytes {
  const { layers, dropout, lastOnly } = plan;
  const columns = batch * steps;
  const packed = tokens < columns;
  const whole = (features: number) => tilesBytes(features, columns);
  const level = new Level();
  let activations = 0;
  const keep = (bytes: number) => {
    activations += bytes;
    level.take(bytes);
  };

  // Forward. What is not kept is freed when the loss is there, not before.
  let passing = 0;
  const pass = (bytes: number) => {
    passing += bytes;
    level.take(bytes);
  };
  const width = (index: number) => layers[index].reduce((total, { sizes }) => total + sizes.hidden, 0);
  level.take(4 * columns * (lastOnly ? 1 : 2));
  for (const before of [dropout.word, dropout.input]) if (before) pass(whole(plan.embedding));
  keep(whole(plan.embedding));
  layers.forEach((directions, index) => {
    const last = index + 1 === layers.length;
    const sequences = !(last && lastOnly);
    directions.forEach(({ cell, sizes: { inputs, hidden, depth } }, direction) => {
      const floats = LAYER_FLOATS[cell.name]({ inputs, hidden, depth });
      const states = 4 * hidden * batch * cell.states.length;
      if (direction > 0) keep(whole(inputs));
      if (packed) keep(tilesBytes(inputs, tokens));
      keep(tilesBytes(floats.kept, tokens) + tilesBytes(floats.keptStep, batch));
      if (cell.stateDropout && dropout.state) level.take(2 * 4 * hidden * batch);
      // States before and after.
      level.take(2 * states);
      level.touch(tilesBytes(floats.forwardStep, batch) + (sequences && packed ? tilesBytes(hidden, tokens) : 0));
      if (!sequences) return;
      const dropped = last ? dropout.output : dropout.between;
      if (directions.length > 1) {
        // Stacked from row-major copies; the one that reads backwards is turned before.
        keep(whole(hidden) + 4 * hidden * columns);
        if (direction > 0) pass(whole(hidden));
      } else if (dropped) pass(whole(hidden));
      else keep(whole(hidden));
    });
    if (!sequences) return;
    const dropped = last ? dropout.output : dropout.between;
    if (directions.length > 1) {
      if (dropped) pass(4 * width(index) * columns);
      keep(4 * width(index) * columns + whole(width(index)));
    } else if (dropped) keep(whole(width(index)));
  });
  const logits = tilesBytes(plan.outputs, lastOnly ? batch : columns);
  level.take(logits);
  level.give(passing);

  // Backward. Gradients stay until the last of them is there.
  const backThrough = (dropped: boolean, features: number) => {
    if (dropped) level.take(whole(features));
  };
  level.take(plan.gradient('decoder'));
  level.take(tilesBytes(width(layers.length - 1), lastOnly ? batch : columns));
  for (let index = layers.length - 1; index >= 0; index--) {
    const last = index + 1 === layers.length;
    const sequences = !(last && lastOnly);
    const directions = layers[index];
    if (sequences) backThrough(last ? dropout.output : dropout.between, width(index));
    for (let direction = directions.length - 1; direction >= 0; direction--) {
      const { name, cell, sizes } = directions[direction];
      const { inputs, hidden } = sizes;
      const floats = LAYER_FLOATS[cell.name](sizes);
      const states = 4 * hidden * batch * cell.states.length;
      // Its own part of the gradient of what was stacked, turned for the one that reads backwards.
      if (sequences && directions.length > 1) level.take(whole(hidden) * (1 + direction));
      for (const matrix of cell.matrices(sizes)) level.take(plan.gradient(`${name}.${matrix.name}`));
      level.take(2 * states);
      level.touch(
        tilesBytes(floats.backwardStep, batch) +
          4 * floats.biasSums +
          (sequences && packed ? tilesBytes(hidden, tokens) : 0),
      );
      level.give(tilesBytes(floats.kept - floats.keptToTheEnd, tokens));
      level.take(tilesBytes(inputs, tokens));
      level.give(tilesBytes(floats.keptToTheEnd, tokens) + tilesBytes(floats.keptStep, batch));
      if (packed) {
        level.give(tilesBytes(inputs, tokens));
        level.take(whole(inputs));
        level.give(tilesBytes(inputs, tokens));
      }
      if (direction > 0) level.take(whole(inputs));
    }
    // Gradients of both directions are added row by row.
    if (directions.length > 1) level.take(3 * 4 * directions[0].sizes.inputs * columns);
  }
  backThrough(dropout.input, plan.embedding);
  backThrough(dropout.word, plan.embedding);
  level.take(plan.gradient('embedding'));
  return { activations, logits, peak: level.peak };
}
