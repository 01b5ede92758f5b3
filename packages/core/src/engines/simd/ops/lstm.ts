import { LSTM_LAYER, LSTM_LAYER_GRAD, type LstmAttributes } from '../../../ops/sparseLstm/op.ts';
import { type LstmSaved, lstmBackward, lstmForward } from '../recurrent/lstm.ts';
import { newGradient, refreshTransposed, simdWeight } from '../weights.ts';
import type { SimdKernels } from './kernel.ts';

export const lstmKernels: SimdKernels = {
  [LSTM_LAYER](backend, { x, h0, c0, wx, wh, bias }, attrs) {
    const { shape, keep, sequences, ...weights } = attrs as unknown as LstmAttributes;
    const { hidden, batch, lengths } = shape;
    const result = lstmForward(backend.runtime, {
      x: backend.tiles(x),
      h0: backend.address(h0),
      c0: backend.address(c0),
      wx: simdWeight(backend, wx, weights.wx),
      wh: simdWeight(backend, wh, weights.wh),
      bias: backend.address(bias),
      batch,
      lengths,
      sequences,
      keep,
    });
    return [
      backend.fromAddress(result.hLast, [hidden, batch]),
      backend.fromAddress(result.cLast, [hidden, batch]),
      backend.saved(result.saved ?? { free() {} }),
      ...(result.y === undefined ? [] : [backend.fromTiles(result.y)]),
    ];
  },
  [LSTM_LAYER_GRAD](backend, { dy, dhLast, dcLast, wx, wh, saved }, attrs) {
    const { shape, ...weights } = attrs as unknown as LstmAttributes;
    const { hidden, batch } = shape;
    refreshTransposed(backend, wx, weights.wx);
    refreshTransposed(backend, wh, weights.wh);
    const dwx = newGradient(backend, weights.wx);
    const dwh = newGradient(backend, weights.wh);
    const { dx, dh0, dc0, dbias } = lstmBackward(backend.runtime, backend.savedState(saved) as LstmSaved, {
      dy: dy && backend.tiles(dy),
      dhLast: backend.address(dhLast),
      dcLast: backend.address(dcLast),
      dwx: dwx.address,
      dwh: dwh.address,
    });
    return [
      backend.fromTiles(dx),
      backend.fromAddress(dh0, [hidden, batch]),
      backend.fromAddress(dc0, [hidden, batch]),
      dwx,
      dwh,
      backend.fromAddress(dbias, [4 * hidden]),
    ];
  },
};
