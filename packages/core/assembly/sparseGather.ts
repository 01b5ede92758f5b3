// Copies of the values of a sparse matrix in another order.

/** y[k] = x[order[k]], k < n; a thread does one run of k. Words: x, order (u32), y, n. */
export function panelGather(args: usize, thread: i32, threads: i32): void {
  const x = <usize>load<u32>(args);
  const order = <usize>load<u32>(args, 4);
  const y = <usize>load<u32>(args, 8);
  const n = <i64>load<u32>(args, 12);
  const to = <usize>((n * (thread + 1)) / threads);
  let k = <usize>((n * thread) / threads);
  for (; k + 4 <= to; k += 4) {
    const at = order + (k << 2);
    const out = y + (k << 2);
    store<f32>(out, load<f32>(x + (<usize>load<u32>(at) << 2)));
    store<f32>(out, load<f32>(x + (<usize>load<u32>(at, 4) << 2)), 4);
    store<f32>(out, load<f32>(x + (<usize>load<u32>(at, 8) << 2)), 8);
    store<f32>(out, load<f32>(x + (<usize>load<u32>(at, 12) << 2)), 12);
  }
  for (; k < to; k++) store<f32>(y + (k << 2), load<f32>(x + (<usize>load<u32>(order + (k << 2)) << 2)));
}
