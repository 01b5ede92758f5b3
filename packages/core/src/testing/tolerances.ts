/**
 * The one tolerance table: an element passes if |actual - expected| <= absolute + relative * |expected|. Expected values
 * are float64; cases keep their numbers around 1.
 */
export const TOLERANCES: Record<string, { absolute: number; relative: number }> = {
  /** float64 loops; what passes between ops and from forward to backward is rounded to float32. */
  cpu: { absolute: 1e-6, relative: 1e-6 },
  /** float32 with fused multiply-add, other orders of summation, polynomial exponentials. */
  simd: { absolute: 1e-5, relative: 1e-5 },
};
