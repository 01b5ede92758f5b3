import type { ProductSizes } from '@sparse-rnn/core';
import type { PeerRequest } from './peer.ts';
import type { StepServerSettings } from './stepServer.ts';

/** A kernel case: one of the three products of a weight, and what PyTorch does for the same task. */
export interface KernelCase {
  name: string;
  operation: 'product' | 'transposed' | 'sampled';
  sizes: ProductSizes;
  /** PyTorch has no fast product with a transposed CSR matrix. */
  peer?: PeerRequest;
}

/** A training-step case. */
export interface StepCase {
  name: string;
  settings: Omit<StepServerSettings, 'threads'>;
  /** Asked for once per run: the dense step is what every density is compared with. */
  peer: PeerRequest;
}

const DENSITIES = [0.33, 0.1, 0.05, 1];

/** The recurrent matrix of an LSTM with 1500 units, times one step's batch and times a window; and the decoder. */
export function kernelCases(quick: boolean): KernelCase[] {
  const scale = quick ? 10 : 1;
  const shapes = [
    { name: 'recurrent', rows: 6000 / scale, cols: 1500 / scale, columns: 20 },
    { name: 'window', rows: 6000 / scale, cols: 1500 / scale, columns: 700 },
    { name: 'decoder', rows: 10000 / scale, cols: 1500 / scale, columns: 700 },
  ];
  return shapes.flatMap(({ name, ...shape }) =>
    DENSITIES.flatMap(density =>
      (['product', 'transposed', 'sampled'] as const).map((operation): KernelCase => {
        const sizes = { ...shape, density };
        const title = `${operation} ${name} [${shape.rows}, ${shape.cols}] x ${shape.columns}`;
        return { name: title, operation, sizes, peer: peerOf(operation, sizes) };
      }),
    ),
  );
}

function peerOf(operation: KernelCase['operation'], { density, ...shape }: ProductSizes): PeerRequest | undefined {
  if (density === 1) return operation === 'product' ? { case: 'dense-product', ...shape } : undefined;
  if (operation === 'product') return { case: 'csr-product', density, ...shape };
  return operation === 'sampled' ? { case: 'csr-sampled', density, ...shape } : undefined;
}

/** The whole training step of the paper's LSTM: 2x1500, B 20, T 35, V 10,000, dropout .65. */
export function stepCases(quick: boolean): StepCase[] {
  const size = quick ? 128 : 1500;
  const shared = {
    hidden: size,
    embedding: size,
    vocabulary: quick ? 1000 : 10000,
    layers: 2,
    batch: 20,
    steps: 35,
    dropout: 0.65,
  };
  return DENSITIES.map(density => ({
    name: `LSTM training step 2x${size}, B 20, T 35, V ${shared.vocabulary}`,
    settings: { ...shared, density },
    peer: { case: 'lstm-step', ...shared },
  }));
}
