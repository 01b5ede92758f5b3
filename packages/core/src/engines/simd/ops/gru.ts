import { GRU_LAYER, GRU_LAYER_GRAD, type GruAttributes } from '../../../ops/sparseGru/op.ts';
import { type GruSaved, gruBackward, gruForward } from '../recurrent/gru.ts';
import { newGradient, refreshTransposed, simdWeight } from '../weights.ts';
import type { SimdKernels } from './kernel.ts';

export const gruKernels: SimdKernels = {
  [GRU_LAYER](backend, { x, h0, wx, wh, bias, recurrentBias }, attrs) {
    const { shape, keep, sequences, ...weights } = attrs as unknown as GruAttributes;
    const { hidden, batch, lengths } = shape;
    const result = gruForward(backend.runtime, {
      x: backend.tiles(x),
      h0: backend.address(h0),
      wx: simdWeight(backend, wx, weights.wx),
      wh: simdWeight(backend, wh, weights.wh),
      bias: backend.address(bias),
      recurrentBias: backend.address(recurrentBias),
      batch,
      lengths,
      sequences,
      keep,
    });
    return [
      backend.fromAddress(result.hLast, [hidden, batch]),
      backend.saved(result.saved ?? { free() {} }),
      ...(result.y === undefined ? [] : [backend.fromTiles(result.y)]),
    ];
  },
  [GRU_LAYER_GRAD](backend, { dy, dhLast, wx, wh, saved }, attrs) {
    const { shape, ...weights } = attrs as unknown as GruAttributes;
    const { hidden, batch } = shape;
    refreshTransposed(backend, wx, weights.wx);
    refreshTransposed(backend, wh, weights.wh);
    const dwx = newGradient(backend, weights.wx);
    const dwh = newGradient(backend, weights.wh);
    const gradients = gruBackward(backend.runtime, backend.savedState(saved) as GruSaved, {
      dy: dy && backend.tiles(dy),
      dhLast: backend.address(dhLast),
      dwx: dwx.address,
      dwh: dwh.address,
    });
    return [
      backend.fromTiles(gradients.dx),
      backend.fromAddress(gradients.dh0, [hidden, batch]),
      dwx,
      dwh,
      backend.fromAddress(gradients.dbias, [3 * hidden]),
      backend.fromAddress(gradients.drecurrentBias, [3 * hidden]),
    ];
  },
};
