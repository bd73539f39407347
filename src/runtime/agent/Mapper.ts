/** A representation mapper: from one agent's latent space into another's (BiCA section 3.4). */
import type { Node } from "../graph/Graph.ts"
import { relu } from "../graph/Operations.ts"
import type { Tensor } from "../loss/Expression.ts"
import { tensor } from "../loss/Expression.ts"
import type { Agent } from "./Agent.ts"
import { layout, linear, orthogonal } from "./Network.ts"
import type { Layout } from "./Network.ts"

/** A mapper of a pipeline. */
export interface Mapper {
  readonly _tag: "Mapper"
  readonly name: string
  readonly from: Agent
  readonly to: Agent
  /** Width of its hidden layer; 0 is a linear map. */
  readonly hidden: number
  /** The image of a latent of `from`, per step. */
  readonly map: (latent: Tensor) => Tensor
}

export const make = (
  name: string,
  options: { readonly from: Agent; readonly to: Agent; readonly hidden: number }
): Mapper => ({
  _tag: "Mapper",
  name,
  ...options,
  map: (latent) => tensor((context) => context.mapped(name, latent.build(context)))
})

export const mapperLayout = (of: Mapper): Layout => {
  const from = of.from.network.hidden
  const to = of.to.network.hidden
  return of.hidden === 0
    ? layout(of.name, [
        ["out.weight", [from, to], orthogonal(1)],
        ["out.bias", [to], { kind: "zeros" }]
      ])
    : layout(of.name, [
        ["hidden.weight", [from, of.hidden], orthogonal(Math.SQRT2)],
        ["hidden.bias", [of.hidden], { kind: "zeros" }],
        ["out.weight", [of.hidden, to], orthogonal(1)],
        ["out.bias", [to], { kind: "zeros" }]
      ])
}

/** T(x), [rows, from] -> [rows, to]. */
export const applyMapper = (of: Layout, vector: Node, x: Node): Node =>
  linear(
    of,
    vector,
    "out",
    of.entries.some(({ name }) => name === "hidden.weight") ? relu(linear(of, vector, "hidden", x)) : x
  )
