/** A summand of an objective's loss as the product that it is written as: a weight and what is weighed. */
import type { Expression, Objective } from "./Program.ts"

/** `sign` times `weight` times `term`; without a `weight` 1. A column of the learning curve has its name. */
export interface Summand {
  /** The term's name, `ppo(ai)`, or the place in the sum where it is neither: `#3`. */
  readonly name: string
  readonly sign: 1 | -1
  readonly weight: Extract<Expression, { readonly _tag: "Number" | "Scheduled" | "Learned" }> | undefined
  readonly term: Expression
}

const isWeight = (of: Expression | undefined): of is NonNullable<Summand["weight"]> =>
  of?._tag === "Number" || of?._tag === "Scheduled" || of?._tag === "Learned"

const split = (of: Expression): Omit<Summand, "name"> => {
  if (of._tag === "Apply" && of.primitive === "negate") {
    const [operand] = of.arguments
    if (operand !== undefined) {
      const inner = split(operand)
      return { ...inner, sign: inner.sign === 1 ? -1 : 1 }
    }
  }
  if (of._tag === "Apply" && of.primitive === "multiply") {
    const [left, right] = of.arguments
    if (isWeight(left) && right !== undefined) return { sign: 1, weight: left, term: right }
    if (isWeight(right) && left !== undefined) return { sign: 1, weight: right, term: left }
  }
  return { sign: 1, weight: undefined, term: of }
}

/** The summands of an objective in the order written, each with a name of its own. */
export const summands = (objective: Pick<Objective, "loss">): ReadonlyArray<Summand> => {
  const taken = new Set<string>()
  return objective.loss.map((expression, i) => {
    const parts = split(expression)
    const { term } = parts
    const own = term._tag === "Term" ? term.name : term._tag === "Ppo" ? `ppo(${term.agent})` : undefined
    const name = own === undefined || taken.has(own) ? `#${i + 1}` : own
    taken.add(name)
    return { name, ...parts }
  })
}
