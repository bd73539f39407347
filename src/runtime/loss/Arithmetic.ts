/** Arithmetic, reductions and elementary functions on quantities, in the words of the language. */
import type { Node } from "../graph/Graph.ts"
import * as G from "../graph/Operations.ts"
import type { Categorical, LossContext, Scalar, Schedule, Tensor } from "./Expression.ts"
import { categorical, scalar, tensor } from "./Expression.ts"

/** A value per step or one number. */
export type Value = Scalar | Tensor

/** Combining a value per step with anything gives a value per step; two scalars give a scalar. */
type Joined<A extends Value, B extends Value> = A extends Tensor ? Tensor : B extends Tensor ? Tensor : Scalar

const unary =
  (f: (x: Node) => Node) =>
  <A extends Value>(x: A): A =>
    (x.kind === "tensor"
      ? tensor((context) => f(x.build(context)), x.weights)
      : scalar((context) => f(x.build(context)))) as A

/** The weights of the rows of whichever operand has some. */
const weightsOf = (...values: ReadonlyArray<Value>): Tensor["weights"] =>
  values.flatMap((value) => (value.kind === "tensor" && value.weights !== undefined ? [value.weights] : []))[0]

const binary =
  (f: (a: Node, b: Node) => Node) =>
  <A extends Value, B extends Value>(a: A, b: B): Joined<A, B> =>
    (a.kind === "tensor" || b.kind === "tensor"
      ? tensor((context) => f(a.build(context), b.build(context)), weightsOf(a, b))
      : scalar((context) => f(a.build(context), b.build(context)))) as Joined<A, B>

/** A constant. */
export const number = (value: number): Scalar => scalar((context) => context.number(value))
/** A weight that changes from update to update. */
export const scheduled = (schedule: Schedule): Scalar => scalar((context) => context.scheduled(schedule))

export const add = binary(G.add)
export const subtract = binary(G.sub)
export const multiply = binary(G.mul)
export const divide = binary(G.div)
/** The smaller of two values, element by element. */
export const minimum = binary(G.minimum)
/** The larger of two values, element by element. */
export const maximum = binary(G.maximum)

/** 1 where a < b, else 0. No gradient. */
export const less = binary(G.less)
/** 1 where a <= b, else 0. No gradient. */
export const lessEqual = binary(G.lessEqual)
/** 1 where a > b, else 0. No gradient. */
export const greater = binary(G.greater)
/** 1 where a >= b, else 0. No gradient. */
export const greaterEqual = binary(G.greaterEqual)
/** 1 where a = b, else 0. No gradient. */
export const equal = binary(G.equal)

/** x where the condition is not 0, else y, element by element. The condition gets no gradient. */
export const where = <C extends Value, A extends Value, B extends Value>(
  condition: C,
  x: A,
  y: B
): Joined<C, Joined<A, B>> => {
  const build = (context: LossContext) => G.select(condition.build(context), x.build(context), y.build(context))
  return (
    [condition, x, y].some((part) => part.kind === "tensor") ? tensor(build, weightsOf(condition, x, y)) : scalar(build)
  ) as Joined<C, Joined<A, B>>
}

export const negate = unary(G.neg)
export const exp = unary(G.exp)
export const log = unary(G.log)
export const sqrt = unary(G.sqrt)
export const abs = unary(G.abs)
export const square = unary(G.square)
/** max(0, x). */
export const hinge = unary(G.relu)
/** The value, or the distribution, without a gradient path. */
export const stopGradient = <A extends Value | Categorical>(x: A): A =>
  (x.kind === "categorical"
    ? categorical((context) => {
        const { logits, weights } = x.build(context)
        return {
          logits: logits.map(G.stopGradient),
          ...(weights === undefined ? {} : { weights: G.stopGradient(weights) })
        }
      })
    : unary(G.stopGradient)(x)) as A
/** x^n for a whole n of at least 2, by multiplication. */
export const power = <A extends Value>(x: A, n: number): A =>
  unary((node) => {
    let result = node
    for (let k = 1; k < n; k++) result = G.mul(result, node)
    return result
  })(x)
/** x limited to [low, high]; gradient 1 inside. */
export const clip = <A extends Value>(x: A, low: number, high: number): A => unary((node) => G.clip(node, low, high))(x)

/** The mean over steps, environments and elements; over the codes of a protocol, weighted by their share of the steps. */
export const mean = (x: Value): Scalar =>
  scalar((context) => {
    const weights = x.kind === "tensor" ? x.weights?.(context) : undefined
    const rows = x.build(context)
    return weights === undefined ? G.mean(rows) : G.div(G.sum(G.mul(rows, weights)), rows.shape[1] ?? 1)
  })
/** The sum over steps, environments and elements. */
export const total = (x: Value): Scalar => scalar((context) => G.sum(x.build(context)))
/** The sum of losses. */
export const sum = (...parts: ReadonlyArray<Scalar>): Scalar =>
  scalar((context) => parts.map((part) => part.build(context)).reduce((a, b) => G.add(a, b)))
