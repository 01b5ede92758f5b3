/**
 * Numbers of the kernels, the ones that assembly/index.ts switches on: 0-9 general, 10-29 sparse matrices and tiles,
 * 30-59 dense matrices and elementwise, 60-69 the LSTM cell.
 */
export const KERNELS = {
  fill: 0,
  packTiles: 10,
  unpackTiles: 11,
  panelProduct: 12,
  panelSampledProduct: 13,
  panelGather: 14,
  denseProduct: 30,
  denseProductTransposed: 31,
  denseOuterProduct: 32,
  denseProductNarrow: 33,
  denseProductTransposedNarrow: 34,
  lstmBias: 60,
  lstmForwardStep: 61,
  lstmBackwardStep: 62,
  lstmBiasGradient: 63,
} as const;

export type KernelName = keyof typeof KERNELS;
