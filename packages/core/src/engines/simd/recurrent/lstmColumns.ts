import { fill } from '../raw/elementwise.ts';
import type { Runtime } from '../runtime.ts';
import type { Tiles } from '../weight.ts';
import { type ColumnLayer, ColumnPlan, ownsColumns, stepsAtOnce, TILE } from './columns.ts';
import {
  type LstmBackwardArguments,
  type LstmBackwardResult,
  type LstmForwardArguments,
  type LstmForwardResult,
  LstmSaved,
} from './lstm.ts';
import { sequence, step, toRows } from './window.ts';

/** `lstmForward` where threads own columns. */
export function lstmForwardColumns(runtime: Runtime, operands: ColumnLayer<LstmForwardArguments>): LstmForwardResult {
  const { heap, threads } = runtime;
  const { wx, wh, bias, batch, keep, lengths } = operands;
  const hidden = wh.in;
  const plan = new ColumnPlan(runtime, operands.x.columns, batch, lengths);
  const { schedule } = plan;
  const x = schedule.pack(runtime, operands.x);
  const inSequence = (features: number) => sequence(runtime, features, schedule.columns);
  const y = (operands.sequences ?? true) ? inSequence(hidden) : undefined;
  const saved = keep
    ? new LstmSaved(runtime, operands, schedule, x, ...([4, 1, 1, 1].map(n => inSequence(n * hidden)) as FourTiles))
    : undefined;
  const scratch = saved ? undefined : heap.allocate(4 * 5 * hidden * TILE * threads);
  const h = step(runtime, hidden, batch, operands.h0);
  const c = step(runtime, hidden, batch, operands.c0);
  const weights = [wx, wh].map(each => each.forColumns.operand(false));
  runtime.run(
    'lstmForwardColumns',
    ...weights.flatMap(({ words }) => words),
    ...[bias, x.address, saved?.gates.address ?? scratch!, saved?.hBefore.address ?? 0],
    ...[saved?.cBefore.address ?? 0, saved?.tanhC.address ?? 0, y?.address ?? 0, h.address, c.address],
    ...[hidden, wx.in, keep ? 1 : 0, plan.steps, schedule.steps.length, plan.divide(0, schedule.steps.length)],
  );
  for (const each of [plan, ...weights]) each.free();
  if (scratch !== undefined) heap.release(scratch);
  if (!keep && x !== operands.x) heap.release(x.address);
  return { y: y && schedule.unpack(runtime, y), hLast: toRows(runtime, h), cLast: toRows(runtime, c), saved };
}

type FourTiles = [Tiles, Tiles, Tiles, Tiles];

/** `lstmBackward` where threads own columns: some steps of all columns, then what these steps add to the weights' gradients. */
export function lstmBackwardColumns(
  runtime: Runtime,
  saved: LstmSaved,
  gradients: LstmBackwardArguments,
): LstmBackwardResult {
  const { heap } = runtime;
  const { x, gates, hBefore, cBefore, tanhC, operands } = saved;
  if (!ownsColumns(operands)) throw new Error('lstmBackwardColumns: expected a layer whose threads own columns.');
  const { wx, wh, batch, lengths } = operands;
  const hidden = wh.in;
  const plan = new ColumnPlan(runtime, operands.x.columns, batch, lengths);
  const { schedule } = plan;
  const count = schedule.steps.length;
  const dy = gradients.dy && schedule.pack(runtime, gradients.dy);
  const dh = step(runtime, hidden, batch, gradients.dhLast);
  const dc = step(runtime, hidden, batch, gradients.dcLast);
  const chunk = Math.min(count, stepsAtOnce(4 * hidden, batch));
  const dz = sequence(runtime, 4 * hidden, chunk * batch);
  const dx = sequence(runtime, wx.in, schedule.columns);
  const sums = heap.allocate(32 * 4 * hidden);
  fill(runtime, sums, 8 * 4 * hidden, 0);
  const weights = [wx, wh].map(each => each.forColumns.operand(true));
  for (let to = count; to > 0; to -= chunk) {
    const from = Math.max(0, to - chunk);
    runtime.run(
      'lstmBackwardColumns',
      ...weights.flatMap(({ words }) => words),
      ...[gates.address, dz.address, dh.address, dc.address, dy?.address ?? 0, cBefore.address, tanhC.address],
      ...[dx.address, hidden, wx.in, plan.steps, from, to, plan.divide(from, to)],
    );
    const [first, last] = [plan.tileOf(from), plan.tileOf(to)];
    const inChunk = tilesOf(dz, 0, last - first);
    runtime.run('lstmSumColumns', dz.address, sums, 4 * hidden, last - first);
    wh.outerProduct(inChunk, tilesOf(hBefore, first, last), gradients.dwh, to < count);
    wx.outerProduct(inChunk, tilesOf(x, first, last), gradients.dwx, to < count);
  }
  const dbias = heap.allocate(4 * 4 * hidden);
  runtime.run('lstmBiasGradient', sums, dbias, 4 * hidden);
  for (const address of [sums, dz.address]) heap.release(address);
  if (dy !== undefined && dy !== gradients.dy) heap.release(dy.address);
  for (const each of [plan, saved, ...weights]) each.free();
  return { dx: schedule.unpack(runtime, dx), dh0: toRows(runtime, dh), dc0: toRows(runtime, dc), dbias };
}

/** Tiles `from .. to` of a matrix. */
function tilesOf({ address, features, width }: Tiles, from: number, to: number): Tiles {
  return { address: address + 4 * features * width * from, features, columns: (to - from) * width, width };
}
