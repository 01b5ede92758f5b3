/**
 * The one tolerance table: an element passes if |actual - expected| <= absolute + relative * |expected|. Expected values
 * are float64; cases keep their numbers around 1.
 */
export const TOLERANCES: Record<string, { absolute: number; relative: number }> = {
  /** float64 loops; what passes between ops and from forward to backward is rounded to float32. */
  cpu: { absolute: 1e-6, relative: 1e-6 },
  /** float32 with fused multiply-add, other orders of summation, polynomial exponentials. */
  simd: { absolute: 1e-5, relative: 1e-5 },
  /**
   * float32, sums in the order of the machine's own matrix kernels. Measured: at most .61 of this, in the dense LSTM of 64
   * units and 7 steps, whose rounding errors grow from step to step; single products use at most .4.
   */
  tensorflow: { absolute: 1e-5, relative: 1e-5 },
};

/** Factors on a tolerance, of comparisons whose rounding errors grow beyond those of numbers around 1. */
export const SLACK = {
  /** The largest dense layer of the recurrent cases: 64 weights in (-1, 1) a unit make gradients of a GRU of up to 17. */
  denseGru: 10,
  /** LSTM layers of up to 60 steps: rounding errors grow with every step. */
  lstmColumns: 10,
  /** A whole training: rounding adds up over its 32 steps. */
  training: 30,
  /** Log-sum-exp is kept in float32: its rounding is relative to the logits' size and becomes one of the probabilities. */
  softmax: (largestLogit: number) => Math.max(1, largestLogit),
};
