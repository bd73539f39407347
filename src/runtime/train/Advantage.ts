/**
 * Generalised advantage estimation (Schulman et al. 2016, eq. 16) over a rollout, rows time-major [steps, environments]:
 * delta_t = r_t + discount (1 - done_t) V_{t+1} - V_t,  A_t = delta_t + discount trace (1 - done_t) A_{t+1}.
 * `values` has one more row: the value of the state after the last step. Returns are A_t + V_t.
 *
 * ```ts import.meta.vitest
 * const once = { environments: 1, discount: 0.5, trace: 1, done: Float32Array.of(0, 1), values: Float32Array.of(0, 2, 9) }
 * Array.from(generalisedAdvantage({ ...once, reward: Float32Array.of(1, 4) }).advantage) // => [3, 2]
 * Array.from(generalisedAdvantage({ ...once, reward: Float32Array.of(1, 4) }).returns) // => [3, 4]
 * ```
 */
export const generalisedAdvantage = (options: {
  readonly reward: Float32Array
  readonly done: Float32Array
  readonly values: Float32Array
  readonly environments: number
  readonly discount: number
  readonly trace: number
}): { readonly advantage: Float32Array; readonly returns: Float32Array } => {
  const { discount, done, environments, reward, trace, values } = options
  const advantage = new Float32Array(reward.length)
  const returns = new Float32Array(reward.length)
  const steps = reward.length / environments
  const running = new Float64Array(environments)
  for (let t = steps - 1; t >= 0; t--) {
    for (let e = 0; e < environments; e++) {
      const i = t * environments + e
      const keep = 1 - (done[i] ?? 0)
      const value = values[i] ?? 0
      const delta = (reward[i] ?? 0) + discount * keep * (values[i + environments] ?? 0) - value
      const a = delta + discount * trace * keep * (running[e] ?? 0)
      running[e] = a
      advantage[i] = a
      returns[i] = a + value
    }
  }
  return { advantage, returns }
}

/** Shifts and scales to mean 0 and standard deviation 1 (population), in place, in double precision. */
export const standardise = (values: Float32Array): void => {
  // by index: iterators of typed arrays take several times as long
  let mean = 0
  for (let i = 0; i < values.length; i++) mean += values[i] ?? 0
  mean /= values.length
  let variance = 0
  for (let i = 0; i < values.length; i++) variance += ((values[i] ?? 0) - mean) ** 2
  const scale = 1 / (Math.sqrt(variance / values.length) + 1e-8)
  for (let i = 0; i < values.length; i++) values[i] = ((values[i] ?? 0) - mean) * scale
}

/**
 * The share of the returns' variance that the critic explains: 1 - Var(advantage) / Var(returns), the advantage being the return less
 * the value; NaN where the returns do not vary.
 *
 * ```ts import.meta.vitest
 * explainedVariance(Float32Array.of(1, 3), Float32Array.of(0, 1)) // => 0.75
 * explainedVariance(Float32Array.of(2, 2), Float32Array.of(0, 1)) // => Number.NaN
 * ```
 */
export const explainedVariance = (returns: Float32Array, advantage: Float32Array): number => {
  const variance = (values: Float32Array) => {
    let mean = 0
    for (let i = 0; i < values.length; i++) mean += values[i] ?? 0
    mean /= values.length
    let sum = 0
    for (let i = 0; i < values.length; i++) sum += ((values[i] ?? 0) - mean) ** 2
    return sum / values.length
  }
  const whole = variance(returns)
  return whole === 0 ? Number.NaN : 1 - variance(advantage) / whole
}
