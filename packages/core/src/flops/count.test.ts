import { expect, test } from 'vitest';
import { type CountedMatrix, countFlops, type MatrixRole } from './count.ts';

/** Plain loops over the nonzeros of a matrix that count every multiplication and addition they do. */
class CountedProducts {
  operations = 0;

  /** y += W x */
  forward(w: Entry[], x: number[], y: number[]): void {
    for (const { row, col, value } of w) y[row] = this.#add(y[row], this.#multiply(value, x[col]));
  }

  /** dx += W^T dy */
  inputGradient(w: Entry[], dy: number[], dx: number[]): void {
    for (const { row, col, value } of w) dx[col] = this.#add(dx[col], this.#multiply(value, dy[row]));
  }

  /** dW += dy x^T at the nonzeros */
  weightGradient(w: Entry[], dy: number[], x: number[], dw: number[]): void {
    w.forEach(({ row, col }, k) => {
      dw[k] = this.#add(dw[k], this.#multiply(dy[row], x[col]));
    });
  }

  #multiply(a: number, b: number): number {
    this.operations++;
    return a * b;
  }

  #add(a: number, b: number): number {
    this.operations++;
    return a + b;
  }
}

interface Entry {
  row: number;
  col: number;
  value: number;
}

const zeros = (n: number) => new Array<number>(n).fill(0);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function everyNth(rows: number, cols: number, step: number): Entry[] {
  const entries: Entry[] = [];
  for (let i = 0; i < rows * cols; i += step)
    entries.push({ row: Math.floor(i / cols), col: i % cols, value: Math.sin(i + 1) });
  return entries;
}

/** One token through a one-layer LSTM language model, and back; returns the operations of all matrix products. */
function brute(v: number, e: number, h: number, wx: Entry[], wh: Entry[], decoder: Entry[], backward: boolean): number {
  const products = new CountedProducts();
  const x = Array.from({ length: e }, (_, i) => Math.cos(i));
  const hidden = Array.from({ length: h }, (_, i) => Math.cos(2 * i));
  const z = zeros(4 * h);
  products.forward(wx, x, z);
  products.forward(wh, hidden, z);
  const y = Array.from(
    { length: h },
    (_, i) => sigmoid(z[3 * h + i]) * Math.tanh(sigmoid(z[i]) * Math.tanh(z[2 * h + i])),
  );
  const logits = zeros(v);
  products.forward(decoder, y, logits);
  if (backward) {
    const dy = zeros(h);
    products.inputGradient(decoder, logits, dy);
    products.weightGradient(decoder, logits, y, zeros(decoder.length));
    products.inputGradient(wh, z, zeros(h));
    products.weightGradient(wh, z, hidden, zeros(wh.length));
    products.inputGradient(wx, z, zeros(e));
    products.weightGradient(wx, z, x, zeros(wx.length));
  }
  return products.operations;
}

const matrix = (name: string, role: MatrixRole, rows: number, cols: number, nnz: number): CountedMatrix => {
  return { name, role, rows, cols, nnz };
};

test.each([1, 2, 3, 7])('the rule equals a count of what plain loops do, every %d-th weight present', step => {
  const [v, e, h] = [11, 5, 4];
  const parts = { wx: everyNth(4 * h, e, step), wh: everyNth(4 * h, h, step), decoder: everyNth(v, h, step) };
  const counted = countFlops([
    matrix('embedding', 'embedding', v, e, Math.ceil((v * e) / step)),
    matrix('Wx', 'recurrent', 4 * h, e, parts.wx.length),
    matrix('Wh', 'recurrent', 4 * h, h, parts.wh.length),
    matrix('decoder', 'decoder', v, h, parts.decoder.length),
  ]);
  expect(counted.forward).toBe(brute(v, e, h, parts.wx, parts.wh, parts.decoder, false));
  expect(counted.training).toBe(brute(v, e, h, parts.wx, parts.wh, parts.decoder, true));
  const full = [everyNth(4 * h, e, 1), everyNth(4 * h, h, 1), everyNth(v, h, 1)] as const;
  expect(counted.denseForward).toBe(brute(v, e, h, ...full, false));
  expect(counted.denseTraining).toBe(brute(v, e, h, ...full, true));
});

test('the embedding is a look-up and counts nothing', () => {
  expect(countFlops([matrix('embedding', 'embedding', 100, 10, 50)])).toEqual({
    forward: 0,
    training: 0,
    denseForward: 0,
    denseTraining: 0,
  });
});

test('the paper-size LSTM: 2 x 1500 at density .33', () => {
  const dense = (role: MatrixRole, rows: number, cols: number) =>
    matrix('w', role, rows, cols, Math.round(0.33 * rows * cols));
  const recurrent = Array.from({ length: 4 }, () => dense('recurrent', 6000, 1500));
  const counted = countFlops([dense('embedding', 10_000, 1500), ...recurrent, dense('decoder', 10_000, 1500)]);
  expect(counted.denseForward).toBe(2 * (4 * 9_000_000 + 15_000_000));
  expect(counted.forward / counted.denseForward).toBeCloseTo(0.33, 12);
});
