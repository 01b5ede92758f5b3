import { BLOCK, offset, read, write } from './lstmColumns';
import { tanhV } from './lstmTanh';
import { flushV, sigmoidV } from './math';

/**
 * z[f, n] = bias[f] in all columns, 0 in the padding of the last tile.
 * Words: z, bias, rows, columns, width.
 */
export function lstmBias(args: usize, thread: i32, threads: i32): void {
  const z = <usize>load<u32>(args);
  const bias = <usize>load<u32>(args, 4);
  const rows = load<i32>(args, 8);
  const columns = load<i32>(args, 12);
  const width = load<i32>(args, 16);
  const first = <i32>((<i64>rows * thread) / threads);
  const last = <i32>((<i64>rows * (thread + 1)) / threads);
  for (let column = 0; column < columns; column += width) {
    const used = min(width, columns - column);
    let row = z + offset(rows, width, first, column);
    for (let f = first; f < last; f++) {
      const value = load<f32>(bias + (<usize>f << 2));
      const splat = f32x4.splat(value);
      for (let k = 0; k < width; k += 4) v128.store(row + (<usize>k << 2), splat);
      for (let k = used; k < width; k++) store<f32>(row + (<usize>k << 2), 0);
      row += <usize>width << 2;
    }
  }
}

/** Gates and cell state of four columns (or one) of one unit. */
// @ts-ignore: decorator
@inline function gatesAndCell(
  z: usize,
  gateStride: usize,
  recurrent: usize,
  recurrentStride: usize,
  c: usize,
  cBefore: usize,
  keep: bool,
  four: bool,
): void {
  const i = sigmoidV(f32x4.add(read(z, four), read(recurrent, four)));
  write(z, i, four);
  write(recurrent, f32x4.splat(0), four);
  z += gateStride;
  recurrent += recurrentStride;
  const f = sigmoidV(f32x4.add(read(z, four), read(recurrent, four)));
  write(z, f, four);
  write(recurrent, f32x4.splat(0), four);
  z += gateStride;
  recurrent += recurrentStride;
  const g = tanhV(f32x4.add(read(z, four), read(recurrent, four)));
  write(z, g, four);
  write(recurrent, f32x4.splat(0), four);
  z += gateStride;
  recurrent += recurrentStride;
  write(z, sigmoidV(f32x4.add(read(z, four), read(recurrent, four))), four);
  write(recurrent, f32x4.splat(0), four);
  const before = read(c, four);
  if (keep) write(cBefore, before, four);
  write(c, flushV(f32x4.add(f32x4.mul(f, before), f32x4.mul(i, g))), four);
}

/** Output of four columns (or one) of one unit. */
// @ts-ignore: decorator
@inline function output(
  o: usize,
  c: usize,
  h: usize,
  y: usize,
  hBefore: usize,
  tanhC: usize,
  keep: bool,
  four: bool,
): void {
  const squashed = tanhV(read(c, four));
  if (keep) {
    write(tanhC, squashed, four);
    write(hBefore, read(h, four), four);
  }
  const hidden = flushV(f32x4.mul(read(o, four), squashed));
  write(h, hidden, four);
  write(y, hidden, four);
}

/**
 * One forward step. In: z = Wx x + bias (sequence [4H]), recurrent = Wh h_{t-1} (step [4H]), h and c of step t-1 (step
 * [H]). Out: z becomes the activated gates; h and c of step t in place, y (sequence [H]); recurrent becomes zero for the
 * next step's product. If `keep`, h_{t-1}, c_{t-1} and tanh(c_t) go to their sequences [H] at the columns of step t.
 * Words: z, recurrent, h, c, y, hBefore, cBefore, tanhC, hidden, batch, column (t * batch), width, stepWidth, keep.
 */
export function lstmForwardStep(args: usize, thread: i32, threads: i32): void {
  const z = <usize>load<u32>(args);
  const recurrent = <usize>load<u32>(args, 4);
  const h = <usize>load<u32>(args, 8);
  const c = <usize>load<u32>(args, 12);
  const y = <usize>load<u32>(args, 16);
  const hBefore = <usize>load<u32>(args, 20);
  const cBefore = <usize>load<u32>(args, 24);
  const tanhC = <usize>load<u32>(args, 28);
  const hidden = load<i32>(args, 32);
  const batch = load<i32>(args, 36);
  const column = load<i32>(args, 40);
  const width = load<i32>(args, 44);
  const stepWidth = load<i32>(args, 48);
  const keep = load<i32>(args, 52) != 0;
  const first = <i32>((<i64>hidden * thread) / threads);
  const last = <i32>((<i64>hidden * (thread + 1)) / threads);
  const gateStride = <usize>(hidden * width) << 2;
  const recurrentStride = <usize>(hidden * stepWidth) << 2;
  for (let from = first; from < last; from += BLOCK) {
    const units = min(BLOCK, last - from);
    let b = 0;
    while (b < batch) {
      const n = column + b;
      const run = min(batch - b, min(width - (n % width), stepWidth - (b % stepWidth)));
      const fours = <usize>(run & ~3) << 2;
      const end = <usize>run << 2;
      const atZ = z + offset(4 * hidden, width, from, n);
      const atRecurrent = recurrent + offset(4 * hidden, stepWidth, from, b);
      const atSequence = offset(hidden, width, from, n);
      const atStep = offset(hidden, stepWidth, from, b);
      // Two passes: tanh(c) waits for the gates, and the processor cannot look past both to the next columns.
      for (let unit = 0; unit < units; unit++) {
        const row = <usize>(unit * width) << 2;
        const stepRow = <usize>(unit * stepWidth) << 2;
        const gate = atZ + row;
        const other = atRecurrent + stepRow;
        const cell = c + atStep + stepRow;
        const before = cBefore + atSequence + row;
        let k: usize = 0;
        for (; k < fours; k += 16) {
          gatesAndCell(gate + k, gateStride, other + k, recurrentStride, cell + k, before + k, keep, true);
        }
        for (; k < end; k += 4) {
          gatesAndCell(gate + k, gateStride, other + k, recurrentStride, cell + k, before + k, keep, false);
        }
      }
      for (let unit = 0; unit < units; unit++) {
        const row = <usize>(unit * width) << 2;
        const stepRow = atStep + (<usize>(unit * stepWidth) << 2);
        const o = atZ + 3 * gateStride + row;
        const s = atSequence + row;
        let k: usize = 0;
        for (; k < fours; k += 16) {
          output(o + k, c + stepRow + k, h + stepRow + k, y + s + k, hBefore + s + k, tanhC + s + k, keep, true);
        }
        for (; k < end; k += 4) {
          output(o + k, c + stepRow + k, h + stepRow + k, y + s + k, hBefore + s + k, tanhC + s + k, keep, false);
        }
      }
      b += run;
    }
  }
}
