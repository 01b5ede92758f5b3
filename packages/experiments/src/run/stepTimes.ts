/** Wall times of the last steps, for their median; as many as `capacity`, so that memory stays bounded. */
export class StepTimes {
  private readonly ring: Float64Array;
  private count = 0;

  constructor(capacity = 4096) {
    this.ring = new Float64Array(capacity);
  }

  add(milliseconds: number): void {
    this.ring[this.count++ % this.ring.length] = milliseconds;
  }

  clear(): void {
    this.count = 0;
  }

  /** Median in milliseconds; 0 before the first step. */
  median(): number {
    const sorted = this.ring.slice(0, Math.min(this.count, this.ring.length)).sort();
    if (sorted.length === 0) return 0;
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
