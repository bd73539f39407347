/** What a rule of a role does as a teacher: the numbers that the checker and the runtime share. */

/** A rule as a teacher: `scale`, the logit on what it advises; `errs`, the share of its choices that are uniform over all. */
export interface Erring {
  readonly scale: number
  readonly errs: number
}

/**
 * Probabilities of what the rule advises and of each other of `choices` choices: (1 - errs) softmax + errs / choices, softmax with the
 * logit `scale` on what is advised.
 *
 * ```ts import.meta.vitest
 * teacherShares({ scale: 100, errs: 0.3 }, 4).advised // => 0.7749999999999999
 * teacherShares({ scale: 0, errs: 0 }, 4).other // => 0.25
 * ```
 */
export const teacherShares = (
  { errs, scale }: Erring,
  choices: number
): { readonly advised: number; readonly other: number } => {
  const rest = Math.exp(-scale)
  const all = 1 + (choices - 1) * rest
  return { advised: (1 - errs) / all + errs / choices, other: ((1 - errs) * rest) / all + errs / choices }
}

/**
 * The entropy in nats of a teacher where it advises: no cross entropy to it is less, since where it advises nothing it is uniform.
 *
 * ```ts import.meta.vitest
 * teacherEntropy({ scale: 100, errs: 0 }, 4) < 1e-9 // => true
 * teacherEntropy({ scale: 0, errs: 0 }, 4) // => 1.3862943611198906
 * ```
 */
export const teacherEntropy = (teacher: Erring, choices: number): number => {
  const { advised, other } = teacherShares(teacher, choices)
  const part = (p: number): number => (p > 0 ? -p * Math.log(p) : 0)
  return part(advised) + (choices - 1) * part(other)
}
