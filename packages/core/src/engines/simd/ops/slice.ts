import { getKernel, type KernelConfig, Slice, slice_util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { SimdBackend } from '../backend.ts';
import type { SimdKernels } from './kernel.ts';

export const sliceKernels: SimdKernels = {
  /**
   * A window of a float matrix, copied from the form that the matrix is in. TensorFlow.js' own kernel visits one element
   * after the other by its coordinates, and would have the whole matrix unpacked before: 15 ms for a state of 1500 units.
   */
  [Slice](backend, { x }, attrs) {
    const [begin, size] = slice_util.parseSliceParams(x as never, attrs.begin as number[], attrs.size as number[]);
    const isMatrix = x.dtype === 'float32' && x.shape.length === 2 && size[0] * size[1] > 0;
    if (!isMatrix) {
      const { kernelFunc } = getKernel(Slice, 'cpu') as KernelConfig;
      return kernelFunc({ inputs: { x }, backend, attrs }) as TensorInfo;
    }
    slice_util.assertParamsValid(x as never, begin, size);
    return window(backend, x, begin as [number, number], size as [number, number]);
  },
};

function window(
  backend: SimdBackend,
  x: TensorInfo,
  [firstRow, firstColumn]: [number, number],
  [rows, columns]: [number, number],
): TensorInfo {
  const { heap } = backend.runtime;
  const [features, width] = x.shape;
  // In either form, tile by tile: row-major elements are one tile as wide as the matrix.
  const tiles = backend.hasTiles(x) ? backend.tiles(x) : { address: backend.address(x), width };
  const result = backend.newTensor([rows, columns]);
  const to = heap.f32(result.address, rows * columns);
  for (let column = 0; column < columns; ) {
    const at = firstColumn + column;
    const tile = Math.floor(at / tiles.width);
    const offset = at % tiles.width;
    const count = Math.min(columns - column, tiles.width - offset);
    const from = heap.f32(tiles.address + 4 * tile * features * tiles.width, features * tiles.width);
    for (let row = 0; row < rows; row++) {
      const source = (firstRow + row) * tiles.width + offset;
      for (let n = 0; n < count; n++) to[row * columns + column + n] = from[source + n];
    }
    column += count;
  }
  return result;
}
