import type { TensorInfo } from '@tensorflow/tfjs-core';
import { RHN_LAYER, RHN_LAYER_GRAD, type RhnAttributes, rhnInputList, rhnInputsOf } from '../../../ops/sparseRhn/op.ts';
import { type RhnSaved, rhnBackward, rhnForward } from '../recurrent/rhn.ts';
import { newGradient, refreshTransposed, simdWeight } from '../weights.ts';
import type { SimdKernels } from './kernel.ts';

export const rhnKernels: SimdKernels = {
  [RHN_LAYER](backend, inputs, attrs) {
    const { shape, keep, ...weights } = attrs as unknown as RhnAttributes;
    const { hidden, batch } = shape;
    const { x, s0, w, bias, r, mask } = rhnInputsOf(Object.values(inputs), shape);
    const result = rhnForward(backend.runtime, {
      x: backend.tiles(x),
      s0: backend.address(s0),
      w: simdWeight(backend, w, weights.w),
      r: r.map((values, l) => simdWeight(backend, values, weights.r[l])),
      bias: backend.address(bias),
      mask: mask && backend.address(mask),
      batch,
      keep,
    });
    const saved = result.saved ?? { free() {} };
    return [backend.fromTiles(result.y), backend.fromAddress(result.sLast, [hidden, batch]), backend.saved(saved)];
  },
  [RHN_LAYER_GRAD](backend, inputs, attrs) {
    const { shape, ...weights } = attrs as unknown as RhnAttributes;
    const { hidden, batch, depth } = shape;
    const [dy, dsLast, saved, ...operands] = Object.values(inputs);
    const { w, r } = rhnInputsOf(operands, shape);
    refreshTransposed(backend, w, weights.w);
    r.forEach((values, l) => {
      refreshTransposed(backend, values, weights.r[l]);
    });
    const dw = newGradient(backend, weights.w);
    const dr = weights.r.map(each => newGradient(backend, each));
    const { dx, ds0, dbias } = rhnBackward(backend.runtime, backend.savedState(saved) as RhnSaved, {
      dy: backend.tiles(dy),
      dsLast: backend.address(dsLast),
      dw: dw.address,
      dr: dr.map(({ address }) => address),
    });
    return rhnInputList<TensorInfo>({
      x: backend.fromTiles(dx),
      s0: backend.fromAddress(ds0, [hidden, batch]),
      w: dw,
      bias: backend.fromAddress(dbias, [depth * 2 * hidden]),
      r: dr,
    });
  },
};
