/** y[0..n) = value. Words: y, n, value (f32). */
export function fill(args: usize, thread: i32, threads: i32): void {
  const y = <usize>load<u32>(args);
  const n = <i32>load<u32>(args, 4);
  const value = load<f32>(args, 8);
  const from = <i32>((<i64>n * thread) / threads);
  const to = <i32>((<i64>n * (thread + 1)) / threads);
  for (let i = from; i < to; i++) store<f32>(y + ((<usize>i) << 2), value);
}
