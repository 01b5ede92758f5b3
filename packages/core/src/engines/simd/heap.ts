/** First byte the allocator may hand out: control words and static data of the kernels lie below. */
export const HEAP_BASE = 65536;

/** Largest memory: addresses of the kernels have 32 bits. */
export const MAX_MEMORY = 2 ** 32;

/** Every block starts on a cache line. */
const ALIGNMENT = 128;

/**
 * First-fit allocator over the shared WebAssembly memory. Bookkeeping lives in JavaScript, so a kernel that writes out of
 * bounds cannot corrupt it. Freed neighbours are merged; addresses are handed out lowest first, so a repeated sequence of
 * allocations gets the same addresses every time.
 */
export class Heap {
  private readonly sizes = new Map<number, number>();
  /** Free blocks as [address, bytes], ordered by address. */
  private free: [number, number][];
  private used = 0;
  private peak = 0;

  constructor(readonly memory: WebAssembly.Memory) {
    this.free = [[HEAP_BASE, memory.buffer.byteLength - HEAP_BASE]];
  }

  /** Bytes handed out now. */
  get bytesInUse(): number {
    return this.used;
  }

  /** Largest value of `bytesInUse` since the start or the last `resetPeak`. */
  get peakBytes(): number {
    return this.peak;
  }

  resetPeak(): void {
    this.peak = this.used;
  }

  /** Address of a block of at least `bytes` bytes, 128-byte aligned. Contents are undefined. */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const at = this.free.findIndex(block => block[1] >= size);
    if (at < 0) {
      const capacity = this.memory.buffer.byteLength;
      throw new RangeError(
        `The simd engine's memory is full: ${bytes} more bytes were asked for, ${this.used} of ${capacity} are in use. ` +
          (capacity < MAX_MEMORY
            ? 'Use a smaller model or batch; a program may give createEngine more memoryBytes, up to 4 GiB.'
            : 'It cannot have more: use a smaller model or batch.'),
      );
    }
    const block = this.free[at];
    const address = block[0];
    if (block[1] === size) this.free.splice(at, 1);
    else {
      block[0] += size;
      block[1] -= size;
    }
    this.sizes.set(address, size);
    this.used += size;
    this.peak = Math.max(this.peak, this.used);
    return address;
  }

  /** Returns a block. Throws on an address that `allocate` did not hand out. */
  release(address: number): void {
    const size = this.sizes.get(address);
    if (size === undefined) throw new Error(`Heap.release: no block starts at address ${address}.`);
    this.sizes.delete(address);
    this.used -= size;
    let low = 0;
    let high = this.free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.free[middle][0] < address) low = middle + 1;
      else high = middle;
    }
    const before = this.free[low - 1];
    const after = this.free[low];
    const joinsBefore = before !== undefined && before[0] + before[1] === address;
    const joinsAfter = after !== undefined && address + size === after[0];
    if (joinsBefore && joinsAfter) {
      before[1] += size + after[1];
      this.free.splice(low, 1);
    } else if (joinsBefore) before[1] += size;
    else if (joinsAfter) {
      after[0] = address;
      after[1] += size;
    } else this.free.splice(low, 0, [address, size]);
  }

  f32(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  i32(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  u32(address: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, length);
  }

  u16(address: number, length: number): Uint16Array {
    return new Uint16Array(this.memory.buffer, address, length);
  }

  u8(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }
}
