import { softmax, square, sub, sum } from "../graph/Operations.ts"
import type { Categorical, Tensor } from "./Expression.ts"
import { tensor } from "./Expression.ts"
import { single } from "./Single.ts"

/** sum_k (p_k - x_k)^2 per row, from 0 to 2, x one-hot (Brier 1950). */
export const brier = (p: Categorical, x: Tensor): Tensor =>
  tensor(
    (context) =>
      sum(square(sub(softmax(single("brier", p.build(context))), x.build(context))), { axes: [1], keep: true }),
    (context) => p.build(context).weights
  )
