import { REVERSE_SEQUENCES, type ReverseAttributes, reversedColumns } from '../../../ops/reverseSequences/contract.ts';
import { newTiles } from '../backend.ts';
import { tilesBytes } from '../weight.ts';
import type { SimdKernels } from './kernel.ts';

export const reverseKernels: SimdKernels = {
  [REVERSE_SEQUENCES](backend, { x }, attrs) {
    const { lengths } = attrs as unknown as ReverseAttributes;
    const { heap } = backend.runtime;
    const source = backend.tiles(x);
    const { features, columns, width } = source;
    const result = newTiles(backend.runtime, features, columns);
    const floats = tilesBytes(features, columns) / 4;
    const from = heap.f32(source.address, floats);
    const to = heap.f32(result.address, floats).fill(0);
    const first = (n: number) => Math.floor(n / width) * features * width + (n % width);
    reversedColumns(lengths, columns).forEach((origin, n) => {
      if (origin < 0) return;
      const [a, b] = [first(n), first(origin)];
      for (let f = 0; f < features * width; f += width) to[a + f] = from[b + f];
    });
    return backend.fromTiles(result);
  },
};
