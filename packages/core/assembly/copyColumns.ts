import { offset } from './recurrent/lstmColumns';

/**
 * Copies `count` columns of one tiles matrix to another place of a second one with as many features.
 * Words: source, its width, its first column, target, its width, its first column, features, count.
 */
export function copyColumns(args: usize, thread: i32, threads: i32): void {
  const source = <usize>load<u32>(args);
  const sourceWidth = load<i32>(args, 4);
  const sourceColumn = load<i32>(args, 8);
  const target = <usize>load<u32>(args, 12);
  const targetWidth = load<i32>(args, 16);
  const targetColumn = load<i32>(args, 20);
  const features = load<i32>(args, 24);
  const count = load<i32>(args, 28);
  const first = <i32>((<i64>features * thread) / threads);
  const last = <i32>((<i64>features * (thread + 1)) / threads);
  let done = 0;
  while (done < count) {
    const m = sourceColumn + done;
    const n = targetColumn + done;
    const run = min(count - done, min(sourceWidth - (m % sourceWidth), targetWidth - (n % targetWidth)));
    const fours = <usize>(run & ~3) << 2;
    const end = <usize>run << 2;
    let from = source + offset(features, sourceWidth, first, m);
    let to = target + offset(features, targetWidth, first, n);
    for (let f = first; f < last; f++) {
      let k: usize = 0;
      for (; k < fours; k += 16) v128.store(to + k, v128.load(from + k));
      for (; k < end; k += 4) store<f32>(to + k, load<f32>(from + k));
      from += <usize>sourceWidth << 2;
      to += <usize>targetWidth << 2;
    }
    done += run;
  }
}
