import { RHN_LAYER, RHN_LAYER_GRAD, type RhnAttributes, rhnInputList, rhnInputsOf } from '../../ops/sparseRhn/op.ts';
import { type RhnOperands, referenceRhnBackward, referenceRhnForward } from '../../ops/sparseRhn/reference.ts';
import type { Io, Kernel } from './io.ts';

/** Inputs of the gradient's kernel before the operands: dy, dsLast, saved. */
const FIRST_OPERAND = 3;

export const rhnKernels: Record<string, Kernel> = {
  [RHN_LAYER](io, attrs: RhnAttributes, inputs) {
    const { hidden, depth, batch, steps } = attrs.shape;
    const forward = referenceRhnForward(attrs.shape, operands(io, attrs, 0, Object.keys(inputs).length));
    const { y, sLast, gates, states } = forward;
    const saved = new Float64Array(gates.length + states.length);
    saved.set(gates);
    saved.set(states, gates.length);
    return [
      io.write(y, [hidden, steps * batch]),
      io.write(sLast, [hidden, batch]),
      io.write(saved, [3 * depth * hidden, steps * batch]),
    ];
  },
  [RHN_LAYER_GRAD](io, attrs: RhnAttributes, list) {
    const { inputs, hidden, depth, batch, steps } = attrs.shape;
    const saved = Float64Array.from(io.read('2'));
    const split = 2 * depth * hidden * steps * batch;
    const gradients = referenceRhnBackward(
      attrs.shape,
      operands(io, attrs, FIRST_OPERAND, Object.keys(list).length),
      { gates: saved.subarray(0, split), states: saved.subarray(split) },
      io.read('0'),
      io.read('1'),
    );
    return rhnInputList({
      x: io.write(gradients.dx, [inputs, steps * batch]),
      s0: io.write(gradients.ds0, [hidden, batch]),
      w: io.write(gradients.dw, io.valuesShape(attrs.w)),
      bias: io.write(gradients.dbias, [2 * depth * hidden]),
      r: gradients.dr.map((dr, l) => io.write(dr, io.valuesShape(attrs.r[l]))),
    });
  },
};

/** The operands from the inputs `first .. end` of a kernel. */
function operands(io: Io, { shape, w, r }: RhnAttributes, first: number, end: number): RhnOperands {
  const names = Array.from({ length: end - first }, (_, k) => String(first + k));
  const name = rhnInputsOf(names, shape);
  const [x, s0, bias] = [name.x, name.s0, name.bias].map(each => io.read(each));
  return {
    ...{ x, s0, bias, mask: name.mask === undefined ? undefined : io.read(name.mask) },
    w: io.weight(name.w, w),
    r: r.map((each, l) => io.weight(name.r[l], each)),
  };
}
