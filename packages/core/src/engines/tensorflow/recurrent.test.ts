import {
  add,
  concat,
  grads,
  matMul,
  mul,
  reshape,
  sigmoid,
  slice,
  split,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tanh,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caseStream, randomValues } from '../../testing/cases.ts';
import { assertClose } from '../../testing/close.ts';
import { ENGINES, startEngine } from '../../testing/engines.ts';
import type { StartedEngine } from '../createEngine.ts';
import { gruBackward, gruForward } from './gru.ts';
import { lstmBackward, lstmForward } from './lstm.ts';
import { rhnBackward, rhnForward } from './rhn.ts';
import { activeAtSteps, advance, keptWindow, onlyActive } from './windows.ts';

const [I, H, T, B, DEPTH] = [5, 4, 6, 3, 3];
type Maps = Record<string, Tensor>;

/** A layer as one would write it: one column at a time, each only as long as its sequence. `state` maps state and input. */
function plain(states: Tensor[], x: Tensor, lengths: number[], state: (states: Tensor[], input: Tensor) => Tensor[]) {
  const columns = lengths.map((length, b) => {
    let own = states.map(each => slice(each as Tensor2D, [0, b], [H, 1]) as Tensor);
    const outputs: Tensor[] = [];
    for (let t = 0; t < T; t++) {
      if (t < length) own = state(own, slice(x as Tensor2D, [0, t * B + b], [I, 1]));
      outputs.push(t < length ? own[0] : mul(own[0], 0));
    }
    return { outputs, last: own };
  });
  const y = concat(Array.from({ length: T }, (_, t) => columns.map(({ outputs }) => outputs[t])).flat(), 1);
  return {
    y,
    last: states.map((_, k) =>
      concat(
        columns.map(({ last }) => last[k]),
        1,
      ),
    ),
  };
}

const column = (bias: Tensor) => reshape(bias, [bias.size, 1]);
const product = (w: Tensor, x: Tensor) => matMul(w as Tensor2D, x as Tensor2D) as Tensor;

function plainLstm({ x, h0, c0, wx, wh, bias }: Maps, lengths: number[]) {
  return plain([h0, c0], x, lengths, ([h, c], input) => {
    const [i, f, g, o] = split(add(add(product(wx, input), product(wh, h)), column(bias)), 4, 0);
    const cell: Tensor = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    return [mul(sigmoid(o), tanh(cell)), cell];
  });
}

function plainGru({ x, h0, wx, wh, bias, recurrentBias }: Maps, lengths: number[]) {
  return plain([h0], x, lengths, ([h], input) => {
    const [xr, xz, xn] = split(add(product(wx, input), column(bias)), 3, 0);
    const [hr, hz, hn] = split(add(product(wh, h), column(recurrentBias)), 3, 0);
    const z = sigmoid(add(xz, hz));
    const n = tanh(add(xn, mul(sigmoid(add(xr, hr)), hn)));
    return [add(mul(sub(1, z), n), mul(z, h))];
  });
}

function plainRhn({ x, s0, w, bias, mask, ...rest }: Maps) {
  const masks = mask === undefined ? undefined : split(mask, B, 1);
  let b = -1;
  // Columns are visited one after the other, T steps each.
  let calls = 0;
  return plain([s0], x, Array(B).fill(T), ([start], input) => {
    b = Math.floor(calls++ / T);
    let s = start;
    for (let l = 0; l < DEPTH; l++) {
      const into = masks === undefined ? s : mul(s, masks[b]);
      let z: Tensor = add(product(rest[`r${l}`], into), column(slice(bias as Tensor1D, [2 * H * l], [2 * H])));
      if (l === 0) z = add(z, product(w, input));
      const [h, t] = split(z, 2, 0);
      s = add(mul(tanh(h), sigmoid(t)), mul(s, sub(1, sigmoid(t))));
    }
    return [s];
  });
}

interface Layer {
  shapes: Record<string, number[]>;
  /** Names of the states before the window. */
  states: string[];
  plain(operands: Maps, lengths: number[]): { y: Tensor; last: Tensor[] };
  run(operands: Maps, lengths: number[] | undefined, dy: Tensor2D, dLast: Tensor2D[]): Maps;
}

const LAYERS: Record<string, Layer> = {
  lstm: {
    shapes: { x: [I, T * B], h0: [H, B], c0: [H, B], wx: [4 * H, I], wh: [4 * H, H], bias: [4 * H] },
    states: ['h0', 'c0'],
    plain: plainLstm,
    run(operands, lengths, dy, [dhLast, dcLast]) {
      const [window, own] = [{ steps: T, batch: B, lengths }, operands as unknown as Parameters<typeof lstmForward>[1]];
      const { y, hLast, cLast, kept } = lstmForward(window, own);
      return { y, last0: hLast, last1: cLast, ...lstmBackward(window, own, keptWindow(kept), { dy, dhLast, dcLast }) };
    },
  },
  gru: {
    shapes: { x: [I, T * B], h0: [H, B], wx: [3 * H, I], wh: [3 * H, H], bias: [3 * H], recurrentBias: [3 * H] },
    states: ['h0'],
    plain: plainGru,
    run(operands, lengths, dy, [dhLast]) {
      const [window, own] = [{ steps: T, batch: B, lengths }, operands as unknown as Parameters<typeof gruForward>[1]];
      const { y, hLast, kept } = gruForward(window, own);
      return { y, last0: hLast, ...gruBackward(window, own, keptWindow(kept), { dy, dhLast }) };
    },
  },
  ...Object.fromEntries(
    [false, true].map(withMask => [
      withMask ? 'rhn with a mask' : 'rhn',
      {
        shapes: {
          ...{ x: [I, T * B], s0: [H, B], w: [2 * H, I], bias: [DEPTH * 2 * H] },
          ...Object.fromEntries(Array.from({ length: DEPTH }, (_, l) => [`r${l}`, [2 * H, H]])),
          ...(withMask ? { mask: [H, B] } : {}),
        },
        states: ['s0'],
        plain: plainRhn,
        run({ x, s0, w, bias, mask, ...r }, _lengths, dy, [dsLast]) {
          const own = { x, s0, w, bias, mask, r: Object.values(r) } as unknown as Parameters<typeof rhnForward>[1];
          const window = { steps: T, batch: B };
          const { y, sLast, kept } = rhnForward(window, own);
          const { dr, ...others } = rhnBackward(window, own, keptWindow(kept), { dy, dsLast });
          return { y, last0: sLast, ...others, ...Object.fromEntries(dr.map((each, l) => [`dr${l}`, each])) };
        },
      } satisfies Layer,
    ]),
  ),
};

// Plain layers are differentiated by TensorFlow.js, whose gradients come with the engine.
describe.each(ENGINES.filter(name => name === 'tensorflow'))('engine %s', name => {
  let engine: StartedEngine;
  beforeAll(async () => {
    engine = await startEngine(name);
  });
  afterAll(() => engine?.dispose());

  const cases = Object.entries(LAYERS).flatMap(([layer, each]) =>
    (layer.startsWith('rhn') ? [undefined] : [undefined, [6, 4, 1], [5, 2, 2]]).map(
      lengths => [layer, lengths, each] as const,
    ),
  );
  it.each(cases)(
    '%s, lengths %o: equals a plain layer, and what TensorFlow.js makes its gradients',
    (layer, lengths, each) => {
      tidy(() => {
        const stream = caseStream(`plain ${layer} ${lengths}`);
        const random = (shape: number[]) =>
          tensor(
            randomValues(
              stream,
              shape.reduce((a, b) => a * b),
            ),
            shape,
          );
        const operands = Object.fromEntries(Object.entries(each.shapes).map(([key, shape]) => [key, random(shape)]));
        const dy = random([H, T * B]) as Tensor2D;
        const dLast = each.states.map(() => random([H, B]) as Tensor2D);
        const keys = Object.keys(operands);
        const run = (values: Tensor[]) =>
          each.plain(Object.fromEntries(keys.map((key, k) => [key, values[k]])), lengths ?? Array(B).fill(T));
        const wanted = run(Object.values(operands));
        // The scalar whose gradient is what comes in.
        const derive = grads((...values: Tensor[]) => {
          const { y, last } = run(values);
          return last.reduce((total, state, k) => add(total, sum(mul(state, dLast[k]))), sum(mul(y, dy)));
        });
        const gradients = derive(Object.values(operands));
        const actual = each.run(operands, lengths, dy, dLast);
        const close = (what: string, value: Tensor, reference: Tensor) => {
          assertClose(what, value.dataSync(), reference.dataSync(), name);
        };
        close('y', actual.y, wanted.y);
        wanted.last.forEach((state, k) => {
          close(`last ${each.states[k]}`, actual[`last${k}`], state);
        });
        keys.forEach((key, k) => {
          if (key === 'mask') return;
          expect(
            Math.max(...gradients[k].dataSync().map(Math.abs)),
            `gradient of ${key} is too small to compare`,
          ).toBeGreaterThan(0.01);
          close(`d${key}`, actual[`d${key}`], gradients[k]);
        });
      });
    },
  );

  it.each(['lstm', 'gru'])(
    '%s does not read the padding of x, and leaves out the gradients that do not come',
    layer => {
      tidy(() => {
        const each = LAYERS[layer];
        const stream = caseStream(`padding ${layer}`);
        const random = (shape: number[]) =>
          tensor(
            randomValues(
              stream,
              shape.reduce((a, b) => a * b),
            ),
            shape,
          );
        const operands = Object.fromEntries(Object.entries(each.shapes).map(([key, shape]) => [key, random(shape)]));
        const values = operands.x.dataSync().slice();
        const lengths = [6, 4, 1];
        for (let n = 0; n < values.length; n++) {
          const [t, b] = [Math.floor((n % (T * B)) / B), n % B];
          if (t >= lengths[b]) values[n] = Number.NaN;
        }
        const dLast = each.states.map(() => random([H, B]) as Tensor2D);
        const zero = mul(random([H, T * B]), 0) as Tensor2D;
        const padded = each.run({ ...operands, x: tensor(values, [I, T * B]) }, lengths, zero, dLast);
        const without = each.run(operands, lengths, undefined as unknown as Tensor2D, dLast);
        for (const [what, result] of Object.entries(padded)) {
          assertClose(what, result.dataSync(), without[what].dataSync(), name);
        }
      });
    },
  );
});

describe('windows', () => {
  it('count the columns whose sequence reaches a step', () => {
    expect(activeAtSteps({ steps: 4, batch: 3, lengths: [4, 2, 2] })).toEqual([3, 3, 1, 1]);
    expect(activeAtSteps({ steps: 3, batch: 3, lengths: [2, 2, 1] })).toEqual([3, 2, 0]);
    expect(activeAtSteps({ steps: 2, batch: 3 })).toEqual([3, 3]);
  });

  it.each([
    [0, [5, 6], [0, 0]],
    [1, [1, 6], [1, 0]],
    [2, [1, 2], [1, 2]],
  ])('advance the first %i of two columns', (active, advanced, kept) => {
    const [next, old] = [tensor([1, 2], [1, 2]) as Tensor2D, tensor([5, 6], [1, 2]) as Tensor2D];
    expect([...advance(next, old, active).dataSync()]).toEqual(advanced);
    expect([...onlyActive(next, active).dataSync()]).toEqual(kept);
  });
});
