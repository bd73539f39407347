import { mean, square, sub } from "../graph/Operations.ts"
import type { Tensor } from "./Expression.ts"
import { tensor } from "./Expression.ts"

/** (1/d) sum_k (x_k - y_k)^2 per row, [rows, d] -> [rows, 1]. */
export const mse = (x: Tensor, y: Tensor): Tensor =>
  tensor((context) => mean(square(sub(x.build(context), y.build(context))), { axes: [1], keep: true }))
