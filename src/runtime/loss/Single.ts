import type { Node } from "../graph/Graph.ts"
import type { Factors } from "./Expression.ts"

/** The logits of a distribution of one choice; throws for a chain of several. */
export const single = (what: string, factors: Factors): Node => {
  const [logits, ...more] = factors.logits
  if (logits === undefined || more.length > 0) throw new Error(`${what}: the distribution is a chain of choices`)
  return logits
}
