import { add, grads, mul, type Tensor, type Tensor1D, type Tensor2D, tensor } from '@tensorflow/tfjs-core';
import { caseStream, type OpCase, randomValues, randomWeight } from '../../testing/cases.ts';
import { RHN_CASES, type RhnCase, randomMask, weightScale } from './cases.ts';
import { rhnInputList, rhnInputsOf, sparseRhn } from './op.ts';
import { referenceRhnBackward, referenceRhnForward } from './reference.ts';

/** The case list as a TensorFlow.js op: outputs, and the gradients of all operands from dy and dsLast. */
function opCase({ name, shape, w: wDensity, r: rDensities, mask: hasMask }: RhnCase): OpCase {
  const { inputs: I, hidden: H, depth, steps, batch } = shape;
  const columns = steps * batch;
  const title = `sparseRhn ${name}`;
  return {
    title,
    run(engine) {
      const stream = caseStream(title);
      const scaledWeight = (cols: number, density: number | null) => {
        const { weight, reference, toCanonical } = randomWeight(engine, stream, 2 * H, cols, density ?? undefined);
        const factor = weightScale(cols, density);
        const values = Float32Array.from(reference.values, value => factor * value);
        return {
          weight: { ...weight, values: mul(weight.values, factor) },
          reference: { ...reference, values },
          toCanonical,
        };
      };
      const w = scaledWeight(I, wDensity);
      const r = rDensities.map(density => scaledWeight(H, density));
      const [x, s0, bias] = [I * columns, H * batch, depth * 2 * H].map(n => randomValues(stream, n));
      const [dy, ds] = [randomValues(stream, H * columns), randomValues(stream, H * batch)];
      const mask = hasMask ? randomMask(stream, H * batch) : undefined;
      const tensors: Tensor[] = rhnInputList<Tensor>({
        x: tensor(x, [I, columns]),
        s0: tensor(s0, [H, batch]),
        w: w.weight.values,
        bias: tensor(bias, [depth * 2 * H]),
        r: r.map(({ weight }) => weight.values),
        mask: mask && tensor(mask, [H, batch]),
      });
      const call = (list: Tensor[]) => {
        const given = rhnInputsOf(list, shape);
        return sparseRhn(
          given.x as Tensor2D,
          given.s0 as Tensor2D,
          { ...w.weight, values: given.w },
          r.map(({ weight }, l) => ({ ...weight, values: given.r[l] })),
          given.bias as Tensor1D,
          given.mask as Tensor2D | undefined,
        );
      };
      const { y, sLast } = call(tensors);
      // Gradients are linear in (dy, dsLast): each output is differentiated alone, and the two are added.
      const throughY = grads((...args) => call(args).y)(tensors, tensor(dy, [H, columns]));
      const throughS = grads((...args) => call(args).sLast)(tensors, tensor(ds, [H, batch]));
      const sums = throughY.map((gradient, index) => add(gradient, throughS[index]));
      const gradients = rhnInputsOf<Tensor>(sums, shape);

      const operands = { x, s0, bias, mask, w: w.reference, r: r.map(({ reference }) => reference) };
      const forward = referenceRhnForward(shape, operands);
      const backward = referenceRhnBackward(shape, operands, forward, dy, ds);
      return [
        { what: 'y', actual: y.dataSync(), expected: forward.y },
        { what: 'sLast', actual: sLast.dataSync(), expected: forward.sLast },
        { what: 'dx', actual: gradients.x.dataSync(), expected: backward.dx },
        { what: 'ds0', actual: gradients.s0.dataSync(), expected: backward.ds0 },
        { what: 'dw', actual: w.toCanonical(gradients.w), expected: backward.dw },
        ...r.map(({ toCanonical }, l) => {
          return { what: `dr[${l}]`, actual: toCanonical(gradients.r[l]), expected: backward.dr[l] };
        }),
        { what: 'dbias', actual: gradients.bias.dataSync(), expected: backward.dbias },
        { what: 'dmask', actual: gradients.mask?.dataSync() ?? [], expected: mask?.map(() => 0) ?? [] },
      ];
    },
  };
}

export const opCases: OpCase[] = RHN_CASES.map(opCase);
