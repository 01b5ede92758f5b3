import { isForColumns, stepsAtOnce } from '../engines/simd/recurrent/columns.ts';
import { tilesBytes } from '../engines/simd/weight.ts';
import type { LayerPlan } from '../models/plan.ts';
import { LAYER_FLOATS, type LayerFloats } from './layers.ts';
import { sum } from './weights.ts';

/** Sizes of one training batch. */
export interface BatchSize {
  /** B: columns. */
  readonly batch: number;
  /** T: time steps of the window. */
  readonly steps: number;
  /**
   * Tokens that are not padding. Default: B * T. Where steps begin with a tile of their own (an LSTM whose B is a multiple of
   * 32 and whose weights are small) padding is counted too, though tiles of padding alone are not kept.
   */
  readonly tokens?: number;
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
  /** Whether only the last state of every sequence is read: a classifier. */
  readonly lastOnly: boolean;
  /** Bytes of the gradient of a matrix. */
  gradient(name: string): number;
  /** Bytes of a matrix that a product reads. */
  read(name: string): number;
  /** Bytes of the panels that are made of a dense matrix, or of its transpose; of a sparse one 0. */
  panels(name: string, isTransposed: boolean): number;
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
export function windowBytes(plan: WindowPlan, size: BatchSize): WindowBytes {
  return new WindowCount(plan, size).count();
}

class WindowCount {
  private readonly batch: number;
  private readonly columns: number;
  private readonly tokens: number;
  /** Whether layers work on copies without the padding. */
  private readonly packed: boolean;
  private readonly logits: number;
  /** Bytes in use, and the most of them so far. */
  private now = 0;
  private peak = 0;
  private activations = 0;
  /** What only the forward pass needs: freed when the loss is there, not before. */
  private passing = 0;

  constructor(
    private readonly plan: WindowPlan,
    { batch, steps, tokens = batch * steps }: BatchSize,
  ) {
    this.batch = batch;
    this.columns = batch * steps;
    this.tokens = tokens;
    this.packed = tokens < this.columns;
    this.logits = plan.lastOnly ? tilesBytes(plan.outputs, batch) : this.whole(plan.outputs);
  }

  count(): WindowBytes {
    const { layers } = this.plan;
    this.forwardEmbedding();
    layers.forEach((_, index) => {
      this.forward(index);
    });
    if (this.plan.lastOnly) this.keep(this.lastRows() + this.lastTiles());
    this.take(this.logits);
    this.give(this.passing);
    // Gradients stay until the last of them is there.
    this.take(this.plan.gradient('decoder'));
    if (this.plan.lastOnly) this.take(this.lastTiles() * (this.plan.dropout.output ? 2 : 1));
    else this.take(this.whole(this.width(layers.length - 1)));
    for (let index = layers.length - 1; index >= 0; index--) this.backward(index);
    this.backwardEmbedding();
    return { activations: this.activations, logits: this.logits, peak: this.peak };
  }

  private forwardEmbedding(): void {
    const { embedding, dropout, lastOnly } = this.plan;
    // The words, and those that follow.
    this.take(4 * this.columns * (lastOnly ? 1 : 2));
    for (const dropped of [dropout.word, dropout.input]) if (dropped) this.pass(this.whole(embedding));
    this.keep(this.whole(embedding));
  }

  private forward(index: number): void {
    const directions = this.plan.layers[index];
    const stacked = directions.length > 1;
    const sequences = this.hasSequences(index);
    directions.forEach((layer, direction) => {
      const { inputs, hidden } = layer.sizes;
      const floats = floatsOf(layer);
      // The one that reads backwards gets its input turned.
      if (direction > 0) this.keep(this.whole(inputs));
      const byColumns = this.byColumns(layer);
      const tokens = byColumns ? this.columns : this.tokens;
      if (this.packed) this.keep(tilesBytes(inputs, tokens));
      this.keep(tilesBytes(floats.kept, tokens) + tilesBytes(floats.keptStep, this.batch));
      // Ones, and the mask made of them.
      if (layer.cell.stateDropout && this.plan.dropout.state) this.take(2 * 4 * hidden * this.batch);
      this.take(this.states(layer));
      if (this.plan.lastOnly) this.pass(this.states(layer));
      else this.take(this.states(layer));
      this.touch(
        byColumns
          ? tilesBytes(2 * hidden, this.batch) + this.packedCopy(index, hidden, tokens) + this.panels(layer, false)
          : tilesBytes(floats.forwardStep, this.batch) + this.packedCopy(index, hidden, tokens),
      );
      if (!sequences) return;
      // Outputs are stacked from row-major copies; the one that reads backwards is turned before.
      if (stacked) this.keep(this.whole(hidden) + 4 * hidden * this.columns);
      if (stacked && direction > 0) this.pass(this.whole(hidden));
      if (!stacked && this.isDropped(index)) this.pass(this.whole(hidden));
      if (!stacked) this.keep(this.whole(hidden));
    });
    if (!stacked || !sequences) return;
    const rows = 4 * this.width(index) * this.columns;
    if (this.isDropped(index)) this.pass(rows);
    this.keep(rows + this.whole(this.width(index)));
  }

  private backward(index: number): void {
    const directions = this.plan.layers[index];
    const stacked = directions.length > 1;
    const sequences = this.hasSequences(index);
    if (sequences && this.isDropped(index)) this.take(this.whole(this.width(index)));
    directions.toReversed().forEach((layer, k) => {
      const turned = k < directions.length - 1;
      const { inputs, hidden } = layer.sizes;
      const floats = floatsOf(layer);
      // Its own part of the gradient of what was stacked: rows, tiles, and turned.
      if (sequences && stacked) this.take(4 * hidden * this.columns + this.whole(hidden) * (turned ? 2 : 1));
      this.take(sum(this.matricesOf(layer).map(name => this.plan.gradient(name))));
      this.take(this.states(layer));
      const byColumns = this.byColumns(layer);
      const tokens = byColumns ? this.columns : this.tokens;
      if (byColumns) this.backwardByColumns(layer, this.packedCopy(index, hidden, tokens));
      else {
        this.touch(
          tilesBytes(floats.backwardStep, this.batch) + 4 * floats.biasSums + this.packedCopy(index, hidden, tokens),
        );
        this.give(tilesBytes(floats.kept - floats.keptToTheEnd, tokens));
        this.take(tilesBytes(inputs, tokens));
        this.give(tilesBytes(floats.keptToTheEnd, tokens) + tilesBytes(floats.keptStep, this.batch));
      }
      if (this.packed) {
        // The packed copy of the input goes; its gradient is unpacked.
        this.give(tilesBytes(inputs, tokens));
        this.take(this.whole(inputs));
        this.give(tilesBytes(inputs, tokens));
      }
      this.take(this.states(layer));
      if (turned) this.take(this.whole(inputs));
    });
    if (!stacked) return;
    // The gradients of an input that two layers read are added up as rows; then the one that was turned goes.
    const { inputs } = directions[0].sizes;
    const rows = 4 * inputs * this.columns;
    this.take(2 * rows);
    this.give(rows + this.whole(inputs));
    this.take(rows);
  }

  /** Everything kept goes at the end; until then there are also the gradients of some steps' gates, and of the input. */
  private backwardByColumns(layer: LayerPlan, packedCopy: number): void {
    const { inputs, hidden } = layer.sizes;
    const floats = floatsOf(layer);
    const steps = Math.min(this.columns / this.batch, stepsAtOnce(4 * hidden, this.batch));
    this.take(tilesBytes(inputs, this.columns));
    this.touch(
      tilesBytes(2 * hidden, this.batch) +
        tilesBytes(4 * hidden, steps * this.batch) +
        (4 * floats.biasSums + packedCopy + this.panels(layer, true)),
    );
    this.give(tilesBytes(floats.kept, this.columns));
  }

  private backwardEmbedding(): void {
    const { embedding, dropout } = this.plan;
    for (const dropped of [dropout.input, dropout.word]) if (dropped) this.take(this.whole(embedding));
    this.take(this.plan.gradient('embedding'));
  }

  /** Whether the engine's threads own columns of the batch. Then a step begins with a tile of its own. */
  private byColumns(layer: LayerPlan): boolean {
    const read = sum(this.matricesOf(layer).map(name => this.plan.read(name)));
    return layer.cell.name === 'lstm' && isForColumns(this.batch, read);
  }

  private panels(layer: LayerPlan, isTransposed: boolean): number {
    return sum(this.matricesOf(layer).map(name => this.plan.panels(name, isTransposed)));
  }

  private matricesOf({ cell, name, sizes }: LayerPlan): string[] {
    return cell.matrices(sizes).map(matrix => `${name}.${matrix.name}`);
  }

  /** Whether a layer gives the outputs of all time steps. */
  private hasSequences(index: number): boolean {
    return !this.plan.lastOnly || index + 1 < this.plan.layers.length;
  }

  private isDropped(index: number): boolean {
    const { layers, dropout } = this.plan;
    return index + 1 < layers.length ? dropout.between : dropout.output;
  }

  /** Features that a layer hands on. */
  private width(index: number): number {
    return sum(this.plan.layers[index].map(({ sizes }) => sizes.hidden));
  }

  /** Bytes of a matrix over the window, padding included. */
  private whole(features: number): number {
    return tilesBytes(features, this.columns);
  }

  /** Bytes of the last states that a classifier reads, as rows and as tiles. */
  private lastRows(): number {
    return 4 * this.width(this.plan.layers.length - 1) * this.batch;
  }

  private lastTiles(): number {
    return tilesBytes(this.width(this.plan.layers.length - 1), this.batch);
  }

  private states({ cell, sizes }: LayerPlan): number {
    return 4 * sizes.hidden * this.batch * cell.states.length;
  }

  /** Bytes of a copy of a layer's outputs without the padding, for a while. */
  private packedCopy(index: number, hidden: number, tokens: number): number {
    return this.packed && this.hasSequences(index) ? tilesBytes(hidden, tokens) : 0;
  }

  private take(bytes: number): void {
    this.now += bytes;
    this.peak = Math.max(this.peak, this.now);
  }

  private give(bytes: number): void {
    this.now -= bytes;
  }

  private touch(bytes: number): void {
    this.take(bytes);
    this.give(bytes);
  }

  private keep(bytes: number): void {
    this.activations += bytes;
    this.take(bytes);
  }

  private pass(bytes: number): void {
    this.passing += bytes;
    this.take(bytes);
  }
}

function floatsOf({ cell, sizes }: LayerPlan): LayerFloats {
  return LAYER_FLOATS[cell.name](sizes);
}
