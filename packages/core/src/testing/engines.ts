import { createEngine, type StartedEngine } from '../engines/createEngine.ts';

/** Engines that this machine can run; EXPECT_ENGINES=simd,cpu,... makes the named ones obligatory. */
export const ENGINES: string[] = [...new Set(['simd', 'cpu', ...(process.env.EXPECT_ENGINES ?? '').split(',')])].filter(
  name => name !== '',
);

/** Starts an engine for tests. An engine that cannot start fails its tests; it is never skipped. */
export function startEngine(name: string, threads = 2): Promise<StartedEngine> {
  return createEngine({ engine: name, threads, memoryBytes: 2 ** 28 });
}
