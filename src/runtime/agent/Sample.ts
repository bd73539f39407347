/** Choosing from rows of logits on the host: the same bits whatever engine made the logits' bits. */

/** The largest of the `n` logits from `base`. */
const largest = (logits: Float32Array, base: number, n: number): number => {
  let top = logits[base] ?? 0
  for (let k = 1; k < n; k++) {
    const x = logits[base + k] ?? 0
    if (x > top) top = x
  }
  return top
}

/**
 * Draws one index per row of `logits` [rows, n] by inverting the cumulative softmax at `uniform[row]`, writes it to `choice` and its
 * natural log probability to `logProbability`.
 */
export const sampleRows = (
  logits: Float32Array,
  n: number,
  uniform: Float32Array,
  choice: Int32Array,
  logProbability: Float32Array
): void => {
  const rows = choice.length
  const masses = new Float64Array(n)
  for (let row = 0; row < rows; row++) {
    const base = row * n
    const top = largest(logits, base, n)
    let sum = 0
    for (let k = 0; k < n; k++) {
      const mass = Math.exp((logits[base + k] ?? 0) - top)
      masses[k] = mass
      sum += mass
    }
    const target = (uniform[row] ?? 0) * sum
    let cumulative = 0
    let chosen = n - 1
    for (let k = 0; k < n; k++) {
      cumulative += masses[k] ?? 0
      if (target < cumulative) {
        chosen = k
        break
      }
    }
    choice[row] = chosen
    logProbability[row] = (logits[base + chosen] ?? 0) - top - Math.log(sum)
  }
}

/** Distributions that are drawn from again and again, each as its running sums and its log probabilities. */
export interface Tabulated {
  readonly n: number
  readonly cumulative: Float64Array
  readonly logProbability: Float64Array
}

/** What `sampleRows` computes of each row of `logits` [rows, n], once. */
export const tabulate = (logits: Float32Array, n: number): Tabulated => {
  const cumulative = new Float64Array(logits.length)
  const logProbability = new Float64Array(logits.length)
  for (let base = 0; base < logits.length; base += n) {
    const top = largest(logits, base, n)
    let sum = 0
    for (let k = 0; k < n; k++) {
      sum += Math.exp((logits[base + k] ?? 0) - top)
      cumulative[base + k] = sum
    }
    for (let k = 0; k < n; k++) logProbability[base + k] = (logits[base + k] ?? 0) - top - Math.log(sum)
  }
  return { n, cumulative, logProbability }
}

/** As `sampleRows` on the rows `of` what was tabulated, with the same bits. */
export const sampleTabulated = (
  { cumulative, logProbability: known, n }: Tabulated,
  of: Int32Array,
  uniform: Float32Array,
  choice: Int32Array,
  logProbability: Float32Array
): void => {
  for (let i = 0; i < of.length; i++) {
    const base = (of[i] ?? 0) * n
    const target = (uniform[i] ?? 0) * (cumulative[base + n - 1] ?? 0)
    let chosen = 0
    while (chosen < n - 1 && !(target < (cumulative[base + chosen] ?? 0))) chosen++
    choice[i] = chosen
    logProbability[i] = known[base + chosen] ?? 0
  }
}

/** The likeliest index per row; among logits that tie (to 1e-6) one is taken evenly by `uniform[row]`. */
export const greedyRows = (logits: Float32Array, n: number, uniform: Float32Array, choice: Int32Array): void => {
  for (let row = 0; row < choice.length; row++) {
    const base = row * n
    const top = largest(logits, base, n)
    let ties = 0
    for (let k = 0; k < n; k++) if ((logits[base + k] ?? 0) >= top - 1e-6) ties++
    let skip = Math.min(ties - 1, Math.floor((uniform[row] ?? 0) * ties))
    for (let k = 0; k < n; k++) {
      if ((logits[base + k] ?? 0) >= top - 1e-6 && skip-- === 0) {
        choice[row] = k
        break
      }
    }
  }
}

/** Entropy in nats of each row of logits [rows, n]. */
export const entropyRows = (logits: Float32Array, n: number, out: Float32Array): void => {
  for (let row = 0; row < out.length; row++) {
    const base = row * n
    const top = largest(logits, base, n)
    let sum = 0
    let weighted = 0
    for (let k = 0; k < n; k++) {
      const shifted = (logits[base + k] ?? 0) - top
      const mass = Math.exp(shifted)
      sum += mass
      weighted += mass * shifted
    }
    out[row] = Math.log(sum) - weighted / sum
  }
}
