/**
 * Behavioural sensitivity, BS (Li & Song 2025, eq. 11): how much of the change in success that a small change of one
 * side's messages could make at most does happen.
 *
 * The paper calls the same quantity steerability, good when high, and performance sensitivity, bad when high; a robust
 * protocol near 100 % success has BS near 0.
 */
import { meanOfDefined } from "./Aggregate.ts"
import type { Aggregate } from "./Aggregate.ts"

/** Success of one side's perturbed runs, all on the same maps with the same random numbers. */
export interface SideRuns {
  /** Share of successes without perturbation. */
  readonly success: number
  /** Shares under each drawn permutation; at least 8. */
  readonly perturbed: ArrayLike<number>
  /** Shares of runs without perturbation but with other random numbers: the noise floor; at least one. */
  readonly reseeded: ArrayLike<number>
  /** Mean steps of an episode. */
  readonly meanLength: number
  /** Visit-averaged KL(p' || p) of the perturbations, nats per step. */
  readonly divergence: number
}

/** Permutations that are drawn at least. */
export const leastPerturbations = 8

export interface SideSensitivity {
  /** min(1, excess / bound) in [0, 1]. */
  readonly sensitivity: number
  /** max(0, mean |SR(p') - SR(p)| - mean |SR(reseeded) - SR(p)|). */
  readonly excess: number
  /**
   * min(1, sqrt(L KL / 2)): by the chain rule of KL and Pinsker's inequality no more can change (Cover & Thomas 2006,
   * section 11.6).
   */
  readonly bound: number
  /** mean SR(p') - SR(p), signed. */
  readonly change: number
}

const meanOver = (values: ArrayLike<number>, of: (value: number) => number): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += of(values[i] ?? Number.NaN)
  return sum / values.length
}

/**
 * The sensitivity to one side. NaN with fewer than 8 perturbed runs, without a reseeded one, or where a value is NaN or
 * the divergence 0.
 */
export const sideSensitivity = (runs: SideRuns): SideSensitivity => {
  const { divergence, meanLength, perturbed, reseeded, success } = runs
  const bound = Math.min(1, Math.sqrt((meanLength * divergence) / 2))
  const change = meanOver(perturbed, (share) => share - success)
  const moved = meanOver(perturbed, (share) => Math.abs(share - success))
  const floor = meanOver(reseeded, (share) => Math.abs(share - success))
  const excess = Math.max(0, moved - floor)
  if (perturbed.length < leastPerturbations || reseeded.length === 0 || !(bound > 0)) {
    return { sensitivity: Number.NaN, excess: Number.NaN, bound, change }
  }
  return { sensitivity: Math.min(1, excess / bound), excess, bound, change }
}

/** The side whose messages are switched off: bidirectional alignment counts it as 0, not as missing. */
export const disabledSide: SideSensitivity = { sensitivity: 0, excess: 0, bound: 0, change: 0 }

/**
 * BS: the mean over the sides that the environment gives a channel, `disabledSide` for one that the condition has
 * switched off.
 */
export const behaviouralSensitivity = (sides: ReadonlyArray<SideSensitivity>): Aggregate =>
  meanOfDefined(sides.map(({ sensitivity }) => sensitivity))
