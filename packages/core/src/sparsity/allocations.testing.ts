import { vi } from 'vitest';

const CONSTRUCTORS = [
  'ArrayBuffer',
  'Array',
  'Uint8Array',
  'Uint16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
] as const;

/**
 * Bytes of the largest array that is constructed while `work` runs (8 a slot for a plain array). Unlike the heap's size
 * it does not depend on the garbage collector: one array of rows x cols is seen however briefly it lives.
 */
export function largestAllocation(work: () => void): number {
  let largest = 0;
  for (const name of CONSTRUCTORS) {
    const original = globalThis[name] as unknown as new (
      ...args: unknown[]
    ) => { byteLength?: number; length?: number };
    vi.stubGlobal(
      name,
      new Proxy(original, {
        construct(target, args) {
          const made = Reflect.construct(target, args);
          // A view of existing memory allocates nothing.
          if (!(args[0] instanceof ArrayBuffer)) largest = Math.max(largest, made.byteLength ?? 8 * (made.length ?? 0));
          return made;
        },
      }),
    );
  }
  try {
    work();
  } finally {
    vi.unstubAllGlobals();
  }
  return largest;
}
