import { div, equal, max, softmax as normalise, sum } from "../graph/Operations.ts"
import type { LossContext, Categorical, Tensor } from "./Expression.ts"
import { tensor } from "./Expression.ts"
import { single } from "./Single.ts"

const components = (what: string, x: Categorical | Tensor, context: LossContext) =>
  x.kind === "tensor" ? x.build(context) : single(what, x.build(context))

const weightsOf = (x: Categorical | Tensor): NonNullable<Tensor["weights"]> =>
  x.kind === "tensor" ? (context) => x.weights?.(context) : (context) => x.build(context).weights

/** e^x_k / sum_j e^x_j over the components of each row; of a distribution its probabilities. */
export const softmax = (x: Categorical | Tensor): Tensor =>
  tensor((context) => normalise(components("softmax", x, context)), weightsOf(x))

/** 1 at the largest component of each row, else 0; equals share evenly. No gradient. */
export const oneHot = (x: Categorical | Tensor): Tensor =>
  tensor((context) => {
    const rows = components("one_hot", x, context)
    const largest = equal(rows, max(rows, { axes: [1], keep: true }))
    return div(largest, sum(largest, { axes: [1], keep: true }))
  }, weightsOf(x))
