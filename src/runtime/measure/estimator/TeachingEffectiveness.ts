/** Teaching effectiveness of Table 3: whether intervening pays, from branched simulations. */
import { requirePaired } from "./Symbols.ts"

/** What one pair of returns adds: 1 where the treated branch is better, 0.5 where they are equal, 0 where it is worse; NaN of NaN. */
export const superiority = (treated: number, control: number): number =>
  treated > control ? 1 : treated === control ? 0.5 : treated < control ? 0 : Number.NaN

/**
 * P(treated > control) + 0.5 P(equal) over branches that differ in the intervention alone: `treated[i]` and
 * `control[i]` are the returns of one branch with common random numbers, u = 1 and u = 0 (the superiority of Vargha &
 * Delaney 2000, paired). 0.5 means no effect; NaN without branches, so without an instructor.
 */
export const teachingEffectiveness = (treated: ArrayLike<number>, control: ArrayLike<number>): number => {
  requirePaired(treated, control)
  let won = 0
  for (let i = 0; i < treated.length; i++) won += superiority(treated[i] ?? Number.NaN, control[i] ?? Number.NaN)
  return won / treated.length
}
