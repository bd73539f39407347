/**
 * Sprites: black images with one white figure, which five factors describe completely (NAVIGATOR.md section 1; the factors are those of
 * dSprites, Matthey et al. 2017, the rule by which they are drawn is our own).
 */
import type { Address, Random } from "../../random/Random.ts"
import { below } from "../../random/Random.ts"

/** Number of classes of shape (square, ellipse, heart), scale, orientation, x and y. */
export const sizes = [3, 6, 40, 32, 32] as const

/** What the factors are called, in their order. */
export const factorNames = ["shape", "scale", "orientation", "x", "y"] as const

/** Number of factors. */
export const factorCount = sizes.length

/** Number of different tuples of classes, 737,280; two that differ by a full turn (orientation 0 and 39) look the same. */
export const imageCount = sizes.reduce<number>((product, size) => product * size, 1)

/** Edge of an image, in pixels. */
export type Side = 32 | 64

/** Classes of the five factors, in the order of `sizes`. */
export type Factors = ArrayLike<number>

/** Edge of what is drawn; smaller images are means of its blocks. */
const native = 64

/** No figure at scale 1 has a point farther from its centre than this: the corner of the square is at 9.05 sqrt 2. */
const reach = 12.9

/** Number of a tuple of classes, from 0 to `imageCount` - 1, the last factor counting fastest. A `RangeError` for classes that are none. */
export const indexOf = (factors: Factors): number => {
  let index = 0
  for (let k = 0; k < factorCount; k++) index = index * sizes[k]! + classOf(factors, k)
  return index
}

/** [shape index, scale, orientation, x, y], all but the first from 0 to 1: c / 5, c / 39, c / 31, c / 31. */
export const normalised = (factors: Factors): Float64Array =>
  Float64Array.from(sizes, (size, k) => (k === 0 ? classOf(factors, k) : classOf(factors, k) / (size - 1)))

/**
 * The figure as a 64 x 64 bitmap, 1 inside and 0 outside, row 0 on top, into `out` from `at`. No anti-aliasing: a pixel counts as its centre
 * (j + .5, i + .5). The figure's centre is 16.5 + 31 x from the left and 16.5 + 31 y from the top; u, v, with v upwards, is the pixel as
 * the figure has it, turned and scaled back: square max(|u|, |v|) <= 9.05; ellipse (u / 12)^2 + (v / 7)^2 <= 1; heart (p^2 + q^2 - 1)^3 <= p^2 q^3 with p = u / 8.5, q = v / 8.5 + .1.
 */
export const bitmap = (
  factors: Factors,
  out: Uint8Array = new Uint8Array(native * native),
  at: number = 0
): Uint8Array => {
  const shape = classOf(factors, 0)
  const scale = 0.5 + 0.1 * classOf(factors, 1)
  const angle = (2 * Math.PI * classOf(factors, 2)) / 39
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)]
  // one class is one pixel, so that this is exact
  const [centreX, centreY] = [16.5 + classOf(factors, 3), 16.5 + classOf(factors, 4)]
  const far = reach * scale
  const [left, right] = [Math.max(0, Math.floor(centreX - far)), Math.min(native - 1, Math.ceil(centreX + far))]
  const [top, bottom] = [Math.max(0, Math.floor(centreY - far)), Math.min(native - 1, Math.ceil(centreY + far))]
  out.fill(0, at, at + native * native)
  for (let i = top; i <= bottom; i++) {
    const dy = centreY - (i + 0.5)
    for (let j = left; j <= right; j++) {
      const dx = j + 0.5 - centreX
      const u = (cosine * dx + sine * dy) / scale
      const v = (-sine * dx + cosine * dy) / scale
      if (isInside(shape, u, v)) out[at + i * native + j] = 1
    }
  }
  return out
}

/**
 * How many of the native pixels of each pixel are inside, row-major, into `out` from `at`: of 1 at 64 x 64, of the 4 of a 2 x 2 block at
 * 32 x 32. Divided by `levels(side)` it is the image.
 */
export const draw = (
  factors: Factors,
  side: Side,
  out: Uint8Array = new Uint8Array(side * side),
  at: number = 0
): Uint8Array => {
  if (side === native) return bitmap(factors, out, at)
  const full = bitmap(factors, scratch)
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const k = 2 * i * native + 2 * j
      out[at + i * side + j] = full[k]! + full[k + 1]! + full[k + native]! + full[k + native + 1]!
    }
  }
  return out
}

/** Largest count that `draw` gives. */
export const levels = (side: Side): number => (native / side) ** 2

/** The image [side, side] of brightnesses from 0 to 1, row 0 on top: the bitmap, or means of its 2 x 2 blocks, not thresholded again. */
export const render = (factors: Factors, side: Side): Float32Array =>
  Float32Array.from(draw(factors, side), (count) => count / levels(side))

/** Images of tuples of classes [n, 5], as `draw` counts them, [n, side side]. */
export const drawAll = (factors: Int32Array, side: Side): Uint8Array => {
  const count = factors.length / factorCount
  const images = new Uint8Array(count * side * side)
  for (let i = 0; i < count; i++) {
    draw(factors.subarray(i * factorCount, (i + 1) * factorCount), side, images, i * side * side)
  }
  return images
}

/**
 * `count` uniformly random tuples of classes, [count, 5], from the words of one stream, five to a tuple. With `taken`, tuples whose
 * `indexOf` is in it are passed over, and those that are drawn are added to it. A `RangeError` where so many are not left.
 */
export const drawFactors = (random: Random, address: Address, count: number, taken?: Set<number>): Int32Array => {
  if (taken !== undefined && taken.size + count > imageCount) {
    throw new RangeError(`of ${imageCount} images ${taken.size} are taken: ${count} more are not left`)
  }
  const factors = new Int32Array(count * factorCount)
  const words = new Uint32Array(1024 * factorCount)
  let drawn = 0
  for (let first = 0; drawn < count; first += words.length) {
    random.words(address, words, first)
    for (let at = 0; at < words.length && drawn < count; at += factorCount) {
      const tuple = factors.subarray(drawn * factorCount, (drawn + 1) * factorCount)
      for (let k = 0; k < factorCount; k++) tuple[k] = below(words[at + k]!, sizes[k]!)
      if (taken !== undefined) {
        const index = indexOf(tuple)
        if (taken.has(index)) continue
        taken.add(index)
      }
      drawn++
    }
  }
  return factors
}

// internal

const scratch = new Uint8Array(native * native)

const classOf = (factors: Factors, k: number): number => {
  const value = factors[k]
  const size = sizes[k] ?? 0
  if (value === undefined || !Number.isInteger(value) || value < 0 || value >= size) {
    throw new RangeError(`${factorNames[k]} has classes 0 to ${size - 1}, not ${value}`)
  }
  return value
}

/** Whether a point of a figure of scale 1 at the origin, not turned, is inside. */
const isInside = (shape: number, u: number, v: number): boolean => {
  // 9.05, not 9: the edge of a square that is not turned would else pass through the centres of pixels
  if (shape === 0) return Math.max(Math.abs(u), Math.abs(v)) <= 9.05
  if (shape === 1) return (u / 12) * (u / 12) + (v / 7) * (v / 7) <= 1
  const p = u / 8.5
  const q = v / 8.5 + 0.1
  const round = p * p + q * q - 1
  return round * round * round - p * p * (q * q * q) <= 0
}
