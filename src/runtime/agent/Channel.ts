/**
 * The noisy channel between an agent that speaks and those who hear it.
 *
 * A token is replaced by another symbol with probability `flip`; otherwise, if it is a count, it moves to the count
 * before or after it with probability `drift`, staying at the ends. Silence is never corrupted.
 */
import type { Noise } from "./Agent.ts"

/** A channel for one vocabulary. Tokens are indices into `symbols`; `silence` is the index after the last. */
export interface Channel {
  readonly symbols: ReadonlyArray<string>
  readonly silence: number
  /** Indices of the symbols that are counts (written as a digit 1 .. 9), in rising order of what they count. */
  readonly counts: ReadonlyArray<number>
  /**
   * What is heard when `token` is sent. `first` and `second` are independent uniform numbers in (0, 1): `first` decides
   * whether the token is replaced, `second` by which symbol, or else whether and where a count drifts.
   */
  readonly hear: (token: number, noise: Noise, first: number, second: number) => number
  /**
   * Writes into `heard` what is heard of each token in `sent`, of the same length. `uniforms` holds two numbers for each
   * token, side by side: `uniforms[2 i]` and `uniforms[2 i + 1]` are `first` and `second` of token i.
   */
  readonly transmit: (sent: Int32Array, noise: Noise, uniforms: Float32Array, heard: Int32Array) => void
}

/**
 * The channel of a vocabulary.
 *
 * Throws a `RangeError` when a symbol occurs twice. Of a vocabulary of one symbol nothing can be replaced.
 */
export const makeChannel = (symbols: ReadonlyArray<string>): Channel => {
  if (new Set(symbols).size !== symbols.length) {
    throw new RangeError(`a vocabulary holds each symbol once: ${symbols.join(", ")}`)
  }
  const silence = symbols.length
  const counts = symbols
    .map((_, token) => token)
    .filter((token) => /^[1-9]$/.test(symbols[token]!))
    .sort((a, b) => Number(symbols[a]) - Number(symbols[b]))

  // What each token becomes when it drifts down or up; what is no count stays.
  const fewer = Int32Array.from(symbols, (_, token) => token)
  const more = Int32Array.from(symbols, (_, token) => token)
  for (let k = 0; k + 1 < counts.length; k++) {
    more[counts[k]!] = counts[k + 1]!
    fewer[counts[k + 1]!] = counts[k]!
  }

  const hear: Channel["hear"] = (token, noise, first, second) => {
    if (token < 0 || token >= silence) {
      return token
    }
    if (first < noise.flip) {
      // One of the other symbols: those from `token` upwards move up by one.
      const other = Math.floor(second * (silence - 1))
      return silence === 1 ? token : other < token ? other : other + 1
    }
    return second < noise.drift / 2 ? fewer[token]! : second < noise.drift ? more[token]! : token
  }

  const transmit: Channel["transmit"] = (sent, noise, uniforms, heard) => {
    for (let i = 0; i < sent.length; i++) {
      heard[i] = hear(sent[i]!, noise, uniforms[2 * i]!, uniforms[2 * i + 1]!)
    }
  }

  return { symbols, silence, counts, hear, transmit }
}
