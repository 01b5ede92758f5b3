import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { type BackendValues, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Runtime } from './runtime.ts';
import { packTiles, unpackTiles } from './tiles.ts';
import { type Tiles, tilesBytes, tileWidth } from './weight.ts';

/** Something that an op keeps between its forward and its backward pass; freed with the tensor that stands for it. */
export interface SavedState {
  free(): void;
}

/**
 * The storage of one tensor. It starts as a JavaScript array, as row-major floats in the shared heap, or as tiles there;
 * another form is made when somebody asks for it. TensorFlow.js' own CPU kernels read `values`.
 */
class Storage {
  refCount = 1;
  /** Counts in-place changes, for those who keep something derived from the values. */
  version = 0;
  rows?: number;
  /** One for each shape that was asked for: an op may keep the address of one for its gradient, whatever is asked for later. */
  readonly tiles: Tiles[] = [];
  saved?: SavedState;
  /** Set when the memory was handed on to another tensor. */
  consumed = false;

  constructor(
    private readonly runtime: Runtime,
    readonly dtype: DataType,
    readonly size: number,
    private array?: BackendValues,
  ) {}

  get values(): BackendValues {
    if (this.array !== undefined) return this.array;
    const rows = this.rowsAddress();
    return this.dtype === 'int32' ? this.runtime.heap.i32(rows, this.size) : this.runtime.heap.f32(rows, this.size);
  }

  /** Address of the row-major elements, 4 bytes each. */
  rowsAddress(): number {
    if (this.rows !== undefined) return this.rows;
    if (this.consumed)
      throw new Error('This tensor was overwritten in place by its gradient and cannot be read any more.');
    const { heap } = this.runtime;
    const address = heap.allocate(4 * this.size);
    if (this.array !== undefined) {
      if (this.dtype === 'int32') heap.i32(address, this.size).set(this.array as Int32Array);
      else heap.f32(address, this.size).set(this.array as Float32Array);
      this.array = undefined;
    } else if (this.tiles.length > 0) {
      const [{ features, columns }] = this.tiles;
      unpackTiles(this.runtime, this.tiles[0], { address, features, columns, rowStride: columns });
    } else throw new Error('This tensor holds no readable values.');
    this.rows = address;
    return address;
  }

  /** The elements as tiles of this shape, if they exist as such. */
  existingTiles(features: number, columns: number): Tiles | undefined {
    return this.tiles.find(tiles => tiles.features === features && tiles.columns === columns);
  }

  /** The elements of a tensor `[features, columns]` as tiles. */
  asTiles(features: number, columns: number): Tiles {
    const existing = this.existingTiles(features, columns);
    if (existing !== undefined) return existing;
    const source = { address: this.rowsAddress(), features, columns, rowStride: columns };
    const tiles = newTiles(this.runtime, features, columns);
    packTiles(this.runtime, source, tiles);
    this.tiles.push(tiles);
    return tiles;
  }

  /** Frees the elements in the heap, all or all but some tiles. */
  release(kept?: Tiles): void {
    if (this.rows !== undefined) this.runtime.heap.release(this.rows);
    this.rows = undefined;
    this.releaseTiles(kept);
  }

  releaseTiles(kept?: Tiles): void {
    for (const tiles of this.tiles.splice(0)) if (tiles !== kept) this.runtime.heap.release(tiles.address);
  }

  free(): void {
    this.release();
    this.saved?.free();
    this.saved = undefined;
    this.array = undefined;
  }
}

/** Allocates a Tiles matrix; contents are undefined. */
export function newTiles(runtime: Runtime, features: number, columns: number): Tiles {
  return {
    address: runtime.heap.allocate(tilesBytes(features, columns)),
    features,
    columns,
    width: tileWidth(columns),
  };
}

/**
 * TensorFlow.js backend over one shared WebAssembly memory. Costly kernels are our own and work on heap addresses; all
 * others are TensorFlow.js' CPU kernels, which see views of the same memory.
 */
export class SimdBackend extends MathBackendCPU {
  constructor(readonly runtime: Runtime) {
    super();
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    const dataId = { id: this.newId() };
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(dataId: object, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    // Kernels of TensorFlow.js return parts of their operands as they are: in the heap these would end with the operand.
    const inHeap = ArrayBuffer.isView(values) && values.buffer === this.runtime.heap.memory.buffer;
    const own = inHeap ? (values as Float32Array).slice() : values;
    const storage = new Storage(this.runtime, dtype, util.sizeFromShape(shape), own);
    storage.refCount = refCount;
    this.store(dataId, storage);
  }

  /** The values, copied out of the shared heap, so that they stay what they are when the tensor is disposed of. */
  override readSync(dataId: object): BackendValues {
    const storage = this.storage(dataId);
    const values = super.readSync(dataId);
    return storage.rows !== undefined && ArrayBuffer.isView(values) ? (values as Float32Array).slice() : values;
  }

  override async read(dataId: object): Promise<BackendValues> {
    return this.readSync(dataId);
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const storage = this.storage(dataId);
    const gone = super.disposeData(dataId, force);
    if (gone && !this.data.has(dataId)) storage.free?.();
    return gone;
  }

  /** Address of a tensor's row-major elements in the shared heap. */
  address(tensor: TensorInfo): number {
    return this.storage(tensor.dataId).rowsAddress();
  }

  /** A matrix `[features, columns]` as tiles. */
  tiles(tensor: TensorInfo): Tiles {
    const [features, columns] = tensor.shape;
    return this.storage(tensor.dataId).asTiles(features, columns);
  }

  /** True if the matrix exists as tiles already, so that reading it so costs nothing. */
  hasTiles(tensor: TensorInfo): boolean {
    const [features, columns] = tensor.shape;
    return this.storage(tensor.dataId).existingTiles(features, columns) !== undefined;
  }

  /** A new tensor whose row-major elements lie at `address`, which it owns from now on. */
  fromAddress(address: number, shape: number[], dtype: 'float32' | 'int32' = 'float32'): TensorInfo {
    const storage = new Storage(this.runtime, dtype, util.sizeFromShape(shape));
    storage.rows = address;
    return this.adopt(storage, shape, dtype);
  }

  /** A new tensor of undefined contents in the heap. */
  newTensor(shape: number[], dtype: 'float32' | 'int32' = 'float32'): TensorInfo & { address: number } {
    const address = this.runtime.heap.allocate(4 * util.sizeFromShape(shape));
    return { ...this.fromAddress(address, shape, dtype), address };
  }

  /** A new matrix stored as the given tiles, which it owns from now on. */
  fromTiles(tiles: Tiles): TensorInfo {
    const shape = [tiles.features, tiles.columns];
    const storage = new Storage(this.runtime, 'float32', tiles.features * tiles.columns);
    storage.tiles.push(tiles);
    return this.adopt(storage, shape, 'float32');
  }

  /** Takes the tiles of a matrix away from it. Reading it afterwards is an error. */
  takeTiles(tensor: TensorInfo): Tiles {
    const tiles = this.tiles(tensor);
    const storage = this.storage(tensor.dataId);
    storage.release(tiles);
    storage.consumed = true;
    return tiles;
  }

  /** A scalar that stands for state which an op keeps for its gradient; the state is freed with it. */
  saved(state: SavedState): TensorInfo {
    const storage = new Storage(this.runtime, 'float32', 1, new Float32Array(1));
    storage.saved = state;
    return this.adopt(storage, [], 'float32');
  }

  savedState(tensor: TensorInfo): SavedState {
    const { saved } = this.storage(tensor.dataId);
    if (saved === undefined) throw new Error('The saved state of this op is gone: its gradient was taken twice.');
    return saved;
  }

  /** Changes whenever the tensor's storage or its contents do. */
  versionOf(tensor: TensorInfo): { storage: object; version: number } {
    const storage = this.storage(tensor.dataId);
    return { storage, version: storage.version };
  }

  /** To be called after an in-place change of a tensor's row-major elements. */
  changed(tensor: TensorInfo): void {
    const storage = this.storage(tensor.dataId);
    storage.version++;
    storage.releaseTiles();
  }

  override memory(): { unreliable: boolean; reasons: string[]; heapBytes: number; peakHeapBytes: number } {
    const { heap } = this.runtime;
    return { unreliable: false, reasons: [], heapBytes: heap.bytesInUse, peakHeapBytes: heap.peakBytes };
  }

  private adopt(storage: Storage, shape: number[], dtype: DataType): TensorInfo {
    const dataId = { id: this.newId() };
    this.store(dataId, storage);
    return { dataId, shape, dtype };
  }

  private storage(dataId: object): Storage {
    return this.data.get(dataId) as unknown as Storage;
  }

  private store(dataId: object, storage: Storage): void {
    this.data.set(dataId, storage as unknown as ReturnType<typeof this.data.get>);
  }

  /** TensorFlow.js' CPU backend keeps its counter private; ids only have to differ. */
  private newId(): number {
    return (this as unknown as { nextDataId(): number }).nextDataId();
  }
}
