/**
 * Factor that brings a gradient of the given norm down to at most `clip`; 1 if it is below, or if clip is 0.
 * The norm is that of active weights only: a dense model with masks re-applied would count inactive ones too, so the
 * same value acts weaker here (docs/method.md).
 */
export function clipFactor(norm: number, clip: number): number {
  return clip > 0 && norm > clip ? clip / norm : 1;
}
