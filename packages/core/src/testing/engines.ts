import { createEngine, type StartedEngine } from '../engines/createEngine.ts';
import { nativeProblem } from '../engines/tensorflow/native.ts';

/** Engines that are not installed here, and why not, with the way to get them. */
export const MISSING: Record<string, string> = Object.fromEntries(
  Object.entries({ tensorflow: nativeProblem()?.message }).filter(([, problem]) => problem !== undefined),
) as Record<string, string>;

/** Engines that this machine can run; EXPECT_ENGINES=simd,cpu,... makes the named ones obligatory. */
export const ENGINES: string[] = [
  ...new Set([
    'simd',
    'cpu',
    ...['tensorflow'].filter(name => MISSING[name] === undefined),
    ...(process.env.EXPECT_ENGINES ?? '').split(','),
  ]),
].filter(name => name !== '');

/** Starts an engine for tests. An engine that cannot start fails its tests; it is never skipped. */
export function startEngine(name: string, threads = 2): Promise<StartedEngine> {
  return createEngine({ engine: name, threads, memoryBytes: 2 ** 28 });
}
