/**
 * Philox4x32-10: a keyed bijection of 128-bit counters whose outputs pass as random words.
 *
 * Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC'11, section 4.2.
 */

// Multipliers and Weyl increments of the paper; the multipliers split into 16-bit halves because a 32 x 32 -> 64 bit
// product does not fit a double.
const M0 = 0xd2511f53 | 0
const M0_LOW = 0x1f53
const M0_HIGH = 0xd251
const M1 = 0xcd9e8d57 | 0
const M1_LOW = 0x8d57
const M1_HIGH = 0xcd9e
const W0 = 0x9e3779b9 | 0
const W1 = 0xbb67ae85 | 0

/**
 * Writes the four words of one block into `out` from `offset`.
 *
 * Counter words `c0` .. `c3` and key words `k0`, `k1` are taken modulo 2^32. Allocates nothing.
 */
export const block = (
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
  offset: number
): void => {
  let x0 = c0 | 0
  let x1 = c1 | 0
  let x2 = c2 | 0
  let x3 = c3 | 0
  let key0 = k0 | 0
  let key1 = k1 | 0
  for (let round = 0; round < 10; round++) {
    // high(M0 * x0) by schoolbook on 16-bit halves; each partial sum stays below 2^32.
    const a = x0 & 0xffff
    const b = x0 >>> 16
    const s = (Math.imul(b, M0_LOW) + (Math.imul(a, M0_LOW) >>> 16)) | 0
    const t = (Math.imul(a, M0_HIGH) + (s & 0xffff)) | 0
    const high0 = (Math.imul(b, M0_HIGH) + (s >>> 16) + (t >>> 16)) | 0
    const low0 = Math.imul(x0, M0)

    const c = x2 & 0xffff
    const d = x2 >>> 16
    const u = (Math.imul(d, M1_LOW) + (Math.imul(c, M1_LOW) >>> 16)) | 0
    const v = (Math.imul(c, M1_HIGH) + (u & 0xffff)) | 0
    const high1 = (Math.imul(d, M1_HIGH) + (u >>> 16) + (v >>> 16)) | 0
    const low1 = Math.imul(x2, M1)

    x0 = high1 ^ x1 ^ key0
    x1 = low1
    x2 = high0 ^ x3 ^ key1
    x3 = low0
    key0 = (key0 + W0) | 0
    key1 = (key1 + W1) | 0
  }
  out[offset] = x0
  out[offset + 1] = x1
  out[offset + 2] = x2
  out[offset + 3] = x3
}
