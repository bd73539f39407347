/** Teaching effectiveness of Table 3: whether intervening pays, from branched simulations. */
import { requirePaired } from "./Symbols.ts"

/**
 * P(treated > control) + 0.5 P(equal) over branches that differ in the intervention alone: `treated[i]` and
 * `control[i]` are the returns of one branch with common random numbers, u = 1 and u = 0 (the superiority of Vargha &
 * Delaney 2000, paired). 0.5 means no effect; NaN without branches, so without an instructor.
 */
export const teachingEffectiveness = (treated: ArrayLike<number>, control: ArrayLike<number>): number => {
  requirePaired(treated, control)
  let won = 0
  for (let i = 0; i < treated.length; i++) {
    const difference = (treated[i] ?? Number.NaN) - (control[i] ?? Number.NaN)
    if (Number.isNaN(difference)) return Number.NaN
    won += difference > 0 ? 1 : difference === 0 ? 0.5 : 0
  }
  return won / treated.length
}
