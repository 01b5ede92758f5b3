// Philox4x32-10 (Salmon et al. 2011), bit-equal to src/base/philox.ts. Counters are [block, 0, stream, 0].

const M0: u32 = 0xd2511f53;
const M1: u32 = 0xcd9e8d57;
const W0: u32 = 0x9e3779b9;
const W1: u32 = 0xbb67ae85;

/** The four words of one block. */
export function philoxBlock(block: u32, stream: u32, k0: u32, k1: u32): v128 {
  let c0 = block;
  let c1: u32 = 0;
  let c2 = stream;
  let c3: u32 = 0;
  for (let round = 0; round < 10; round++) {
    const p0 = <u64>M0 * <u64>c0;
    const p1 = <u64>M1 * <u64>c2;
    c0 = <u32>(p1 >> 32) ^ c1 ^ k0;
    c1 = <u32>p1;
    c2 = <u32>(p0 >> 32) ^ c3 ^ k1;
    c3 = <u32>p0;
    k0 += W0;
    k1 += W1;
  }
  let words = i32x4.splat(<i32>c0);
  words = i32x4.replace_lane(words, 1, <i32>c1);
  words = i32x4.replace_lane(words, 2, <i32>c2);
  return i32x4.replace_lane(words, 3, <i32>c3);
}

// @ts-ignore: decorator
@inline function low(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline function high(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 1, 3, 5, 7);
}

/**
 * The words of blocks `block` .. `block + 7` in their order: 128 bytes at `words`. Two times four blocks at once, because
 * the rounds of one four wait for each other.
 */
// @ts-ignore: decorator
@inline export function philoxWords(block: u32, stream: u32, k0: u32, k1: u32, words: usize): void {
  let c0 = i32x4.add(i32x4.splat(<i32>block), i32x4(0, 1, 2, 3));
  let c1 = i32x4.splat(0);
  let c2 = i32x4.splat(<i32>stream);
  let c3 = c1;
  let d0 = i32x4.add(i32x4.splat(<i32>block), i32x4(4, 5, 6, 7));
  let d1 = c1;
  let d2 = c2;
  let d3 = c1;
  const m0 = i32x4.splat(<i32>M0);
  const m1 = i32x4.splat(<i32>M1);
  for (let round = 0; round < 10; round++) {
    const key0 = i32x4.splat(<i32>k0);
    const key1 = i32x4.splat(<i32>k1);
    let p0 = i64x2.extmul_low_i32x4_u(c0, m0);
    let q0 = i64x2.extmul_high_i32x4_u(c0, m0);
    let p1 = i64x2.extmul_low_i32x4_u(c2, m1);
    let q1 = i64x2.extmul_high_i32x4_u(c2, m1);
    c0 = v128.xor(v128.xor(high(p1, q1), c1), key0);
    c1 = low(p1, q1);
    c2 = v128.xor(v128.xor(high(p0, q0), c3), key1);
    c3 = low(p0, q0);
    p0 = i64x2.extmul_low_i32x4_u(d0, m0);
    q0 = i64x2.extmul_high_i32x4_u(d0, m0);
    p1 = i64x2.extmul_low_i32x4_u(d2, m1);
    q1 = i64x2.extmul_high_i32x4_u(d2, m1);
    d0 = v128.xor(v128.xor(high(p1, q1), d1), key0);
    d1 = low(p1, q1);
    d2 = v128.xor(v128.xor(high(p0, q0), d3), key1);
    d3 = low(p0, q0);
    k0 += W0;
    k1 += W1;
  }
  storeBlocks(c0, c1, c2, c3, words);
  storeBlocks(d0, d1, d2, d3, words + 64);
}

/** Four blocks one after the other, from one vector per word. */
// @ts-ignore: decorator
@inline function storeBlocks(c0: v128, c1: v128, c2: v128, c3: v128, words: usize): void {
  const a = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
  const c = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7);
  const d = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
  v128.store(words, v128.shuffle<i32>(a, b, 0, 1, 4, 5));
  v128.store(words, v128.shuffle<i32>(a, b, 2, 3, 6, 7), 16);
  v128.store(words, v128.shuffle<i32>(c, d, 0, 1, 4, 5), 32);
  v128.store(words, v128.shuffle<i32>(c, d, 2, 3, 6, 7), 48);
}
