import { add, div, mul, sqrt, square, sum } from "../graph/Operations.ts"
import type { Node } from "../graph/Graph.ts"
import type { Tensor } from "./Expression.ts"
import { tensor } from "./Expression.ts"

/** What is added under the root of a length, whose gradient at 0 would be infinite. */
const least = 1e-12
const along = { axes: [1], keep: true } as const
const squaredLength = (x: Node): Node => add(sum(square(x), along), least)

/** sum_k x_k y_k per row, [rows, d] -> [rows, 1]. */
export const dot = (x: Tensor, y: Tensor): Tensor =>
  tensor((context) => sum(mul(x.build(context), y.build(context)), along))

/** sqrt(sum_k x_k^2 + 1e-12) per row, [rows, d] -> [rows, 1]. */
export const norm = (x: Tensor): Tensor => tensor((context) => sqrt(squaredLength(x.build(context))))

/** x . y / sqrt((|x|^2 + 1e-12) (|y|^2 + 1e-12)) per row, [rows, d] -> [rows, 1]; 0 where one of them is 0. */
export const cosine = (x: Tensor, y: Tensor): Tensor =>
  tensor((context) => {
    const [a, b] = [x.build(context), y.build(context)]
    return div(sum(mul(a, b), along), sqrt(mul(squaredLength(a), squaredLength(b))))
  })
