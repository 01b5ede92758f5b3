// Counts the multiplications that the float64 references do in matrix products, without a change to them: tests put the
// functions made here in the place of the references' own.
import type { ReferenceWeight } from '../ops/weight.ts';

export type Pass = 'forward' | 'inputGradient' | 'weightGradient';

/** One call of a reference product. */
export interface Product {
  readonly pass: Pass;
  readonly w: ReferenceWeight;
  multiplications: number;
  /** How many of them had a weight of 0 as a factor; no weight takes part in a weight gradient. */
  byZero: number;
}

/** All products since the last `forget`, in the order in which they began. */
export const products: Product[] = [];

export function forget(): void {
  products.length = 0;
}

type Numbers = ArrayLike<number>;
type RecurrentReference = typeof import('../ops/recurrentReference.ts');
type MatMulReference = typeof import('../ops/sparseMatMul/reference.ts');

/** The same numbers; `seen` is told of every one that is read. */
function watched<T extends Numbers>(numbers: T, seen: (value: number) => void): T {
  return new Proxy(numbers, {
    get(target, key) {
      const value = target[key as unknown as number];
      if (typeof key === 'string' && /^\d+$/.test(key)) seen(value);
      return value;
    },
  });
}

/**
 * A matrix and the activations (or their gradient) that it meets, watched: every multiplication of a product reads one of the
 * activations, after the weight that it is multiplied by.
 */
function watch<T extends Numbers>(pass: Pass, w: ReferenceWeight, activations: T): [ReferenceWeight, T] {
  const product: Product = { pass, w, multiplications: 0, byZero: 0 };
  products.push(product);
  let weight = Number.NaN;
  const values = watched(w.values, value => {
    weight = value;
  });
  const read = () => {
    product.multiplications++;
    if (weight === 0 && pass !== 'weightGradient') product.byZero++;
  };
  return [{ ...w, values }, watched(activations, read)];
}

export function countRecurrent(reference: RecurrentReference): RecurrentReference {
  return {
    ...reference,
    addProduct: (w, x, y) => reference.addProduct(...watch('forward', w, x), y),
    addTransposedProduct: (w, dy, dx) => reference.addTransposedProduct(...watch('inputGradient', w, dy), dx),
    addOuterProduct: (w, dy, x, dw) => reference.addOuterProduct(...watch('weightGradient', w, dy), x, dw),
  };
}

export function countMatMul(reference: MatMulReference): MatMulReference {
  return {
    ...reference,
    matMul: (w, x, ...rest) => reference.matMul(...watch('forward', w, x), ...rest),
    matMulGradInput: (w, dy, columns) => reference.matMulGradInput(...watch('inputGradient', w, dy), columns),
    matMulGradValues: (w, dy, ...rest) => reference.matMulGradValues(...watch('weightGradient', w, dy), ...rest),
  };
}
