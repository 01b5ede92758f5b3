import { type Tensor2D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import {
  disposeState,
  type LanguageModel,
  type RecurrentState,
  windowLoss,
  zeroState,
} from '../../models/languageModel.ts';
import { denseVariable } from '../../models/parameters.ts';
import { find } from '../state.ts';
import type { Evaluation, Snapshot, Window, WindowSource } from '../types.ts';
import { checkPosition, type DropoutKey, overEpoch, type Task } from './task.ts';

/** Predicting the next token. The recurrent state is carried from window to window and reset at the start of an epoch. */
export class LanguageModelTask implements Task<WindowSource> {
  readonly stepsPerEpoch: number;
  readonly lossScale: number;
  private state: RecurrentState;
  private window: Window | undefined;
  private pending: RecurrentState | undefined;

  /** @param loss what is differentiated: the mean per token, or its sum over the window's time steps. */
  constructor(
    readonly model: LanguageModel,
    private readonly source: WindowSource,
    loss: 'mean' | 'sum-over-time',
  ) {
    this.stepsPerEpoch = source.stepsPerEpoch;
    this.lossScale = loss === 'sum-over-time' ? source.window : 1;
    this.state = zeroState(model, source.batch);
  }

  next() {
    this.window = this.source.next();
    if (this.window.newEpoch) this.carry(zeroState(this.model, this.source.batch));
    const tokens = this.window.targets.length;
    const { batch, window } = this.source;
    return { predictions: tokens, tokens, batch, steps: window };
  }

  loss(key: DropoutKey) {
    const { loss, state } = windowLoss(this.model, ...tensors(this.window!), this.state, key);
    this.pending = state;
    return loss;
  }

  commit(): void {
    this.carry(this.pending!);
    this.pending = undefined;
  }

  mark(): () => void {
    const position = this.source.position();
    const state = this.state.map(layer => layer.map(each => each.clone()));
    return () => {
      this.source.seek(position);
      this.carry(state);
    };
  }

  evaluate(source: WindowSource, tick?: (done: number, of: number) => void): Evaluation {
    let state = zeroState(this.model, source.batch);
    let total = 0;
    let predictions = 0;
    const visit = (window: Window) => {
      const loss = tidy(() => {
        const result = windowLoss(this.model, ...tensors(window), state, null);
        disposeState(state);
        state = result.state;
        return result.loss.dataSync()[0];
      });
      total += loss * window.targets.length;
      predictions += window.targets.length;
    };
    try {
      overEpoch(source, visit, tick);
    } finally {
      disposeState(state);
    }
    return { loss: total / predictions, predictions };
  }

  save(): Snapshot {
    const tensors: Snapshot['tensors'] = {};
    this.forEachState((name, tensor) => {
      const data = (tensor.dataSync() as Float32Array).slice();
      tensors[name] = { dtype: 'F32', shape: [...tensor.shape], data };
    });
    return { tensors, state: { position: this.source.position() } };
  }

  check(snapshot: Snapshot): void {
    this.forEachState((name, { size }) => {
      find(snapshot.tensors, name, 'F32', size);
    });
    checkPosition(this.source, snapshot);
  }

  load({ tensors, state }: Snapshot): void {
    const loaded: RecurrentState = this.state.map(() => []);
    this.forEachState((name, like, layer) => {
      const data = find(tensors, name, 'F32').data as Float32Array;
      loaded[layer].push(denseVariable(data, like.shape) as unknown as Tensor2D);
    });
    this.carry(loaded);
    this.source.seek(state.position as { epoch: number; step: number });
  }

  dispose(): void {
    disposeState(this.state);
  }

  /** Names are `state.h0`: the cell's state, then the layer. */
  private forEachState(visit: (name: string, tensor: Tensor2D, layer: number) => void): void {
    this.state.forEach((layer, index) => {
      const { states } = this.model.layers[index].cell;
      layer.forEach((tensor, k) => {
        visit(`state.${states[k]}${index}`, tensor, index);
      });
    });
  }

  private carry(next: RecurrentState): void {
    disposeState(this.state);
    this.state = next;
  }
}

function tensors({ inputs, targets }: Window) {
  return [tensor1d(inputs, 'int32'), tensor1d(targets, 'int32')] as const;
}
