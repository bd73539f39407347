/** Perturbed protocols of a given size: message distributions mixed with a permutation of themselves. */
import { entry, zeros } from "./linear/Matrix.ts"
import type { Matrix } from "./linear/Matrix.ts"

/** KL divergence a perturbation should have, nats per step, and what is accepted for it (MAPTALK.md section 2, BS). */
export const perturbation = { target: 0.02, low: 0.015, high: 0.025 }

/**
 * p' = (1 - a) p + a u for each row of `p` [rows, symbols], u the row with its symbols permuted: u_k = p_order(k). A
 * `RangeError` where `order` is no order of the symbols.
 */
export const mixed = (p: Matrix, order: ArrayLike<number>, a: number): Matrix => {
  const sorted = Array.from(order).sort((x, y) => x - y)
  if (order.length !== p.columns || sorted.some((k, i) => k !== i)) {
    throw new RangeError(`${Array.from(order).join(", ")} is no order of ${p.columns} symbols`)
  }
  const mixture = zeros(p.rows, p.columns)
  for (let i = 0; i < p.rows; i++) {
    for (let k = 0; k < p.columns; k++) {
      mixture.data[i * p.columns + k] = (1 - a) * entry(p, i, k) + a * entry(p, i, order[k] ?? 0)
    }
  }
  return mixture
}

/**
 * sum_i visits_i KL(q_i || p_i) / sum visits over rows of distributions, nats; Infinity where a visited row of q has a
 * symbol that p has not; NaN without visits.
 */
export const visitedDivergence = (q: Matrix, p: Matrix, visits: ArrayLike<number>): number => {
  if (q.rows !== p.rows || q.columns !== p.columns || visits.length !== p.rows) {
    throw new RangeError(`${q.rows} x ${q.columns}, ${p.rows} x ${p.columns} probabilities and ${visits.length} visits`)
  }
  let total = 0
  let sum = 0
  for (let i = 0; i < p.rows; i++) {
    const weight = visits[i] ?? 0
    if (weight === 0) continue
    let kl = 0
    for (let k = 0; k < p.columns; k++) {
      const a = entry(q, i, k)
      if (a > 0) kl += a * Math.log(a / entry(p, i, k))
    }
    total += weight
    sum += weight * kl
  }
  return Math.max(0, sum / total)
}

export interface Mixture {
  /** The a in (0, 1]; NaN where none gives an accepted divergence. */
  readonly weight: number
  /** The visit-averaged KL(p' || p) at it, nats per step. */
  readonly divergence: number
}

/**
 * The mixing weight whose visit-averaged KL(p' || p) is 0.02, by bisection (it rises with a), or a = 1 where even that
 * gives less; NaN unless the divergence is then in [0.015, 0.025]: without visits, where the permutation leaves the
 * visited rows almost as they are, or where p lacks symbols that u has.
 */
export const mixtureFor = (p: Matrix, order: ArrayLike<number>, visits: ArrayLike<number>): Mixture => {
  const at = (a: number) => visitedDivergence(mixed(p, order, a), p, visits)
  let low = 0
  let high = 1
  let weight = 1
  if (at(1) > perturbation.target) {
    for (let k = 0; k < 60; k++) {
      weight = (low + high) / 2
      if (at(weight) > perturbation.target) high = weight
      else low = weight
    }
  }
  const divergence = at(weight)
  return divergence >= perturbation.low && divergence <= perturbation.high
    ? { weight, divergence }
    : { weight: Number.NaN, divergence: Number.NaN }
}
