import { describe, expect, it } from 'vitest';
import {
  softmaxCrossEntropy as reference,
  softmaxCrossEntropyGrad as referenceGrad,
} from '../../../ops/softmaxCrossEntropy/reference.ts';
import { expectClose, numbers, runtimesOfSeveralThreads, sameOnAll, valuesOf } from '../heap.testing.ts';
import { softmaxBackward, softmaxForward } from './softmax.ts';

const runtimes = runtimesOfSeveralThreads();

interface Case {
  vocabulary: number;
  tokens: number;
  range: number;
  inPlace: boolean;
}

function run({ vocabulary, tokens, inPlace }: Case, logits: Float32Array, labels: Int32Array) {
  return sameOnAll(runtimes, (runtime, at) => {
    const operands = {
      logits: at.tiles(vocabulary, tokens, logits),
      labels: at.ints(labels),
      logSumExp: at.dirty(4 * tokens),
    };
    const loss = at.dirty(4 * tokens);
    const gradient = inPlace ? operands.logits : at.tiles(vocabulary, tokens);
    softmaxForward(runtime, operands, loss);
    softmaxBackward(runtime, operands, gradient.address, 1 / tokens);
    return {
      loss: runtime.heap.f32(loss, tokens).slice(),
      logSumExp: runtime.heap.f32(operands.logSumExp, tokens).slice(),
      gradient: valuesOf(runtime, gradient),
    };
  });
}

describe('softmax cross-entropy in tiles', () => {
  const cases: Case[] = [];
  for (const [vocabulary, tokens] of [
    [1, 1],
    [2, 15],
    [127, 16],
    [128, 17],
    [129, 20],
    [300, 32],
    [257, 33],
    [1000, 75],
  ]) {
    for (const inPlace of [false, true]) cases.push({ vocabulary, tokens, range: 8, inPlace });
  }
  // Exponentials of these would overflow without the maximum taken off.
  cases.push({ vocabulary: 200, tokens: 20, range: 500, inPlace: true });

  it.each(cases)('is the float64 formula: %j', case_ => {
    const { vocabulary, tokens, range } = case_;
    const logits = numbers(vocabulary * tokens, vocabulary + tokens).map(value => range * value);
    const labels = Int32Array.from({ length: tokens }, (_, n) => (n * 7919) % vocabulary);
    const result = run(case_, logits, labels);
    const exact = Float64Array.from(logits);
    const { logSumExp } = reference(exact, vocabulary, labels);
    const loss = logSumExp.map((value, n) => value - exact[labels[n] * tokens + n]);
    const gradient = referenceGrad(exact, vocabulary, labels, logSumExp, 1 / tokens);
    // Rounding the log-sum-exp to float32 shifts exponents by up to 1e-7 of their size.
    const shift = 2e-7 * range + 1e-6;
    expectClose(result.logSumExp, logSumExp, 3e-7, 1e-6, 'logSumExp');
    expectClose(result.loss, loss, 3e-7, shift, 'loss');
    expectClose(result.gradient, gradient, shift, (1e-6 + shift) / tokens, 'gradient');
  });

  it('keeps NaN within its column, and gives no denormals', () => {
    const logits = new Float32Array(40 * 20).map((_, at) => (at < 20 ? 0 : -80));
    logits[5 * 20 + 3] = Number.NaN;
    const labels = new Int32Array(20);
    const case_ = { vocabulary: 40, tokens: 20, range: 0, inPlace: true };
    const { loss, gradient } = run(case_, logits, labels);
    loss.forEach((value, n) => {
      expect(Number.isNaN(value)).toBe(n === 3);
    });
    gradient.forEach((value, at) => {
      expect(Number.isNaN(value)).toBe(at % 20 === 3);
      expect(value !== 0 && Math.abs(value) < 1e-30).toBe(false);
    });
  });
});
