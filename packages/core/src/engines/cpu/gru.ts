import { GRU_LAYER, GRU_LAYER_GRAD, type GruAttributes } from '../../ops/sparseGru/op.ts';
import { referenceGruBackward, referenceGruForward } from '../../ops/sparseGru/reference.ts';
import type { Io, Kernel } from './io.ts';

export const gruKernels: Record<string, Kernel> = {
  [GRU_LAYER](io, attrs: GruAttributes) {
    const { hidden, batch, steps } = attrs.shape;
    const { y, hLast, gates, recurrent } = referenceGruForward(attrs.shape, operands(io, attrs));
    const saved = new Float64Array([...gates, ...recurrent, ...y]);
    return [
      io.write(hLast, [hidden, batch]),
      io.write(saved, [5 * hidden, steps * batch]),
      ...(attrs.sequences ? [io.write(y, [hidden, steps * batch])] : []),
    ];
  },
  [GRU_LAYER_GRAD](io, attrs: GruAttributes, { dy }) {
    const { inputs, hidden, batch, steps } = attrs.shape;
    const saved = Float64Array.from(io.read('saved'));
    const size = hidden * steps * batch;
    const forward = {
      gates: saved.subarray(0, 3 * size),
      recurrent: saved.subarray(3 * size, 4 * size),
      y: saved.subarray(4 * size),
    };
    const gradients = referenceGruBackward(attrs.shape, operands(io, attrs), forward, {
      dy: dy && io.read('dy'),
      dhLast: io.read('dhLast'),
    });
    return [
      io.write(gradients.dx, [inputs, steps * batch]),
      io.write(gradients.dh0, [hidden, batch]),
      io.write(gradients.dwx, io.valuesShape(attrs.wx)),
      io.write(gradients.dwh, io.valuesShape(attrs.wh)),
      io.write(gradients.dbias, [3 * hidden]),
      io.write(gradients.drecurrentBias, [3 * hidden]),
    ];
  },
};

function operands(io: Io, attrs: GruAttributes) {
  const [x, h0, bias, recurrentBias] = ['x', 'h0', 'bias', 'recurrentBias'].map(name => io.read(name));
  return { x, h0, bias, recurrentBias, wx: io.weight('wx', attrs.wx), wh: io.weight('wh', attrs.wh) };
}
