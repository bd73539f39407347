/**
 * Counter-based random streams: every number has an address, nothing is shared, nothing is consumed.
 */

/** Address of a stream: what it is drawn for, and at which step. The seed is in the `Random`. */
export interface Address {
  readonly stage: string
  readonly purpose: string
  readonly step: number
}

/** All streams of one seed. Filling from an address always gives the same numbers. */
export interface Random {
  readonly seed: number
  /** Uniform in (0, 1), 24 bits: never 0, never 1. `first` skips that many numbers of the stream. */
  readonly uniform: (address: Address, out: Float32Array, first?: number) => void
  /** Standard Gumbel: -ln(-ln u). */
  readonly gumbel: (address: Address, out: Float32Array, first?: number) => void
  /** Standard normal (Box-Muller). */
  readonly normal: (address: Address, out: Float32Array, first?: number) => void
  /** Whole 32-bit words. */
  readonly words: (address: Address, out: Uint32Array, first?: number) => void
  /** A uniformly random order of 0 .. n-1 (Fisher-Yates). */
  readonly permutation: (address: Address, n: number) => Int32Array
}
