/**
 * Counter-based random streams: every number has an address, nothing is shared, nothing is consumed.
 *
 * Word i of the stream at (seed, stage, purpose, step) is word i mod 4 of the Philox4x32-10 block with
 *
 * - counter (floor(i / 4), step, fnv(stage), floor(seed / 2^32)),
 * - key (seed mod 2^32, fnv(purpose)),
 *
 * where fnv is 32-bit FNV-1a over the UTF-8 bytes. This layout is a contract: changing it changes every result.
 */
import { block } from "./Philox.ts"

/** Address of a stream: what it is drawn for, and at which step. The seed is in the `Random`. */
export interface Address {
  readonly stage: string
  readonly purpose: string
  /** A whole number in [0, 2^32). */
  readonly step: number
}

/** All streams of one seed. Filling from an address always gives the same numbers. */
export interface Random {
  readonly seed: number
  /**
   * Uniform in (0, 1): never 0, never 1. `first` skips that many numbers of the stream.
   * Odd multiples of 2^-24, which float32 holds exactly: `((word >>> 8) | 1) / 2^24`.
   */
  readonly uniform: (address: Address, out: Float32Array, first?: number) => void
  /** Standard Gumbel: -ln(-ln u). */
  readonly gumbel: (address: Address, out: Float32Array, first?: number) => void
  /** Standard normal (Box-Muller): numbers 2j and 2j + 1 of the stream come from uniforms 2j and 2j + 1. */
  readonly normal: (address: Address, out: Float32Array, first?: number) => void
  /** Whole 32-bit words. */
  readonly words: (address: Address, out: Uint32Array, first?: number) => void
  /** A uniformly random order of 0 .. n-1 (Fisher-Yates). */
  readonly permutation: (address: Address, n: number) => Int32Array
}

const FNV_OFFSET = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193

/** FNV-1a, 32 bits, over the UTF-8 bytes of `text` (Fowler, Noll & Vo; RFC 9923), as an unsigned number. */
export const fnv1a = (text: string): number => {
  let hash = FNV_OFFSET
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x80) {
      return fnv1aBytes(new TextEncoder().encode(text))
    }
    hash = Math.imul(hash ^ unit, FNV_PRIME)
  }
  return hash >>> 0
}

const fnv1aBytes = (bytes: Uint8Array): number => {
  let hash = FNV_OFFSET
  for (let i = 0; i < bytes.length; i++) {
    hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME)
  }
  return hash >>> 0
}

/** A uniform number in (0, 1) from the upper 23 bits of a word: an odd multiple of 2^-24, exact in float32. */
export const unit = (word: number): number => ((word >>> 8) | 1) / 0x1000000

/** A whole number in [0, n) from a word, by multiply and shift; its bias is below n / 2^32. `n` is at most 2^21. */
export const below = (word: number, n: number): number => Math.floor((word * n) / 0x100000000)

// Numbers made between the words and the caller's array; a multiple of four words.
const CHUNK = 1024

/**
 * All streams of `seed`.
 *
 * `seed` is a whole number in [0, 2^53); a `RangeError` says so otherwise, and likewise for a step outside [0, 2^32)
 * or a `first` that is not a whole number from 0. A stream has 2^34 words.
 */
export const makeRandom = (seed: number): Random => {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`a seed is a whole number from 0 to 2^53 - 1, not ${seed}`)
  }
  const seedLow = seed >>> 0
  const seedHigh = Math.floor(seed / 0x100000000)
  const edge = new Uint32Array(4)
  const chunk = new Uint32Array(CHUNK)

  // `out` from `from` to `to` becomes the words `first`, `first + 1`, ... of the stream.
  const fill = (
    stage: number,
    purpose: number,
    step: number,
    out: Uint32Array,
    from: number,
    to: number,
    first: number
  ): void => {
    let at = from
    let index = Math.floor(first / 4)
    const skipped = first - index * 4
    if (skipped > 0 && at < to) {
      block(index++, step, stage, seedHigh, seedLow, purpose, edge, 0)
      for (let i = skipped; i < 4 && at < to; i++) {
        out[at++] = edge[i]!
      }
    }
    for (; at + 4 <= to; at += 4) {
      block(index++, step, stage, seedHigh, seedLow, purpose, out, at)
    }
    if (at < to) {
      block(index, step, stage, seedHigh, seedLow, purpose, edge, 0)
      for (let i = 0; at < to; i++) {
        out[at++] = edge[i]!
      }
    }
  }

  const check = (address: Address, length: number, first: number): void => {
    if (!Number.isInteger(address.step) || address.step < 0 || address.step > 0xffffffff) {
      throw new RangeError(`a step is a whole number from 0 to 2^32 - 1, not ${address.step}`)
    }
    if (!Number.isInteger(first) || first < 0 || first + length > 0x400000000) {
      throw new RangeError(`numbers ${first} .. ${first + length} are outside the stream of 2^34`)
    }
  }

  const words = (address: Address, out: Uint32Array, first = 0): void => {
    check(address, out.length, first)
    fill(fnv1a(address.stage), fnv1a(address.purpose), address.step, out, 0, out.length, first)
  }

  const uniform = (address: Address, out: Float32Array, first = 0): void => {
    check(address, out.length, first)
    const stage = fnv1a(address.stage)
    const purpose = fnv1a(address.purpose)
    for (let done = 0; done < out.length; done += CHUNK) {
      const n = Math.min(CHUNK, out.length - done)
      fill(stage, purpose, address.step, chunk, 0, n, first + done)
      for (let i = 0; i < n; i++) {
        out[done + i] = unit(chunk[i]!)
      }
    }
  }

  const gumbel = (address: Address, out: Float32Array, first = 0): void => {
    check(address, out.length, first)
    const stage = fnv1a(address.stage)
    const purpose = fnv1a(address.purpose)
    for (let done = 0; done < out.length; done += CHUNK) {
      const n = Math.min(CHUNK, out.length - done)
      fill(stage, purpose, address.step, chunk, 0, n, first + done)
      for (let i = 0; i < n; i++) {
        out[done + i] = -Math.log(-Math.log(unit(chunk[i]!)))
      }
    }
  }

  const normal = (address: Address, out: Float32Array, first = 0): void => {
    check(address, out.length, first)
    const stage = fnv1a(address.stage)
    const purpose = fnv1a(address.purpose)
    // Pairs must be whole, so the words start at an even number at or before the first one asked for.
    let next = first
    const end = first + out.length
    while (next < end) {
      const even = next - (next % 2)
      const n = Math.min(CHUNK, Math.ceil((end - even) / 2) * 2)
      fill(stage, purpose, address.step, chunk, 0, n, even)
      const stop = Math.min(end, even + n)
      for (; next < stop; next++) {
        const pair = (next - even) & ~1
        const radius = Math.sqrt(-2 * Math.log(unit(chunk[pair]!)))
        const angle = 2 * Math.PI * unit(chunk[pair + 1]!)
        out[next - first] = radius * (next % 2 === 0 ? Math.cos(angle) : Math.sin(angle))
      }
    }
  }

  const permutation = (address: Address, n: number): Int32Array => {
    const order = new Int32Array(n)
    for (let i = 0; i < n; i++) {
      order[i] = i
    }
    const drawn = new Uint32Array(n)
    words(address, drawn)
    for (let i = n - 1; i > 0; i--) {
      const j = below(drawn[i]!, i + 1)
      const kept = order[i]!
      order[i] = order[j]!
      order[j] = kept
    }
    return order
  }

  return { seed, uniform, gumbel, normal, words, permutation }
}
