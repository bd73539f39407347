/** A loss context over named inputs of a graph, so that every quantity an expression reads can be varied. */
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import type { Builder, Node, Shape } from "../../../src/runtime/graph/Graph.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import type { LossContext, Schedule } from "../../../src/runtime/loss/Expression.ts"
import { tensor } from "../../../src/runtime/loss/Expression.ts"
import type { Tensor } from "../../../src/runtime/loss/Expression.ts"
import type { Feeds } from "../graph/finiteDifferences.ts"

export interface Recording {
  readonly context: LossContext
  readonly builder: Builder
  readonly recorded: Map<string, Node>
  readonly schedules: Array<Schedule>
}

/** Factors are inputs `<agent>.policy.<k>` and `<agent>.prior.<k>` of [rows, sizes[k]]; the rest is named as in the context. */
export const contextOf = (options: {
  readonly rows: number
  /** Steps that the rows are, time-major; as many as rows without it. */
  readonly steps?: number
  readonly sizes?: Readonly<Record<string, ReadonlyArray<number>>>
  readonly logRatio?: (builder: Builder, agent: string) => Node
}): Recording => {
  const { rows, sizes = {}, steps = rows } = options
  const builder = makeBuilder()
  const recorded = new Map<string, Node>()
  const schedules: Array<Schedule> = []
  const factors = (kind: "policy" | "prior") => (agent: string) => ({
    logits: (sizes[agent] ?? []).map((n, k) => builder.input(`${agent}.${kind}.${k}`, [rows, n]))
  })
  const absent = (name: string): never => {
    throw new Error(`this context has no ${name}`)
  }
  // what the losses of these tests do not ask for
  const others = {
    protocol: absent,
    instructor: absent,
    mapped: absent,
    taught: absent,
    directions: () => absent("directions"),
    viewed: absent
  }
  const context: LossContext = {
    ...others,
    policy: factors("policy"),
    prior: factors("prior"),
    latent: (agent) => builder.input(`${agent}.latent`, [rows, 2]),
    logRatio: (agent) => options.logRatio?.(builder, agent) ?? builder.input(`${agent}.log_ratio`, [rows, 1]),
    logProbability: (agent) => builder.input(`${agent}.log_probability`, [rows, 1]),
    oldLogProbability: (agent) => builder.input(`${agent}.old_log_probability`, [rows, 1]),
    chosen: (agent) => (sizes[agent] ?? []).map((n, k) => builder.input(`${agent}.chosen.${k}`, [rows, n])),
    advantage: builder.input("advantage", [rows, 1]),
    earned: (what) => builder.input(what, [rows, 1]),
    segment: () => ({ steps, copies: rows / steps, keep: builder.input("keep", [steps, rows / steps]) }),
    number: (value) => builder.scalar(value),
    scheduled: (schedule) => {
      schedules.push(schedule)
      return builder.input(`schedule.${schedules.length - 1}`, [])
    },
    record: (name, node) => void recorded.set(name, node)
  }
  return { context, builder, recorded, schedules }
}

/** The input `name` as a quantity. */
export const quantity = (name: string, shape: Shape): Tensor =>
  tensor((context) => context.advantage.builder.input(name, shape))

/** The value of a scalar node. */
export const valueOf = (node: Node, feeds: Feeds): number => evaluate([node], feeds)[0]?.[0] ?? NaN

/** Logits of probabilities. */
export const logits = (...probabilities: ReadonlyArray<number>): ReadonlyArray<number> => probabilities.map(Math.log)
