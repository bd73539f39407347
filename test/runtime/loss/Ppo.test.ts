import { describe, expect, it } from "vitest"
import * as Agent from "../../../src/runtime/agent/Agent.ts"
import { gradients } from "../../../src/runtime/graph/Differentiate.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { logSoftmax, mul, sub, sum } from "../../../src/runtime/graph/Operations.ts"
import { ppo } from "../../../src/runtime/loss/Ppo.ts"
import { expectGradients } from "../graph/finiteDifferences.ts"
import { contextOf, logits, valueOf } from "./Contexts.ts"

const ai = Agent.make("ai", { plays: "navigator", sees: [], policy: Agent.gru(4), prior: Agent.uniform })

/** Every side of the clipping at 0.2, for a good choice (A = 2) and for a bad one (A = -2). */
const ratios = [0.5, 0.9, 1.1, 1.5, 0.5, 0.9, 1.1, 1.5]
const feeds = {
  "ai.log_ratio": ratios.map(Math.log),
  advantage: [2, 2, 2, 2, -2, -2, -2, -2],
  "ai.policy.0": ratios.flatMap(() => [0, 0])
}

describe("the clipped surrogate", () => {
  it("takes the smaller of r A and clip(r) A", () => {
    const { context, recorded } = contextOf({ rows: 8, sizes: { ai: [2] } })
    const loss = ppo(ai, { clip: 0.2, entropy: 0.01 }).build(context)
    // 1 + 1.8 + 2.2 + 2.4 for A = 2 and -1.6 - 1.8 - 2.2 - 3 for A = -2: -1.2 in all, over 8 rows and negated
    const surrogate = recorded.get("ai.surrogate")
    const spread = recorded.get("ai.entropy")
    if (surrogate === undefined || spread === undefined) throw new Error("the parts are not recorded")
    expect(valueOf(surrogate, feeds)).toBeCloseTo(0.15, 7)
    expect(valueOf(spread, feeds)).toBeCloseTo(Math.LN2, 12)
    expect(valueOf(loss, feeds)).toBeCloseTo(0.15 - 0.01 * 0.6931471805599453, 7)
  })

  it("has no gradient where moving on would leave the trusted side, and -r A / n elsewhere", () => {
    const { builder, context } = contextOf({ rows: 8, sizes: { ai: [2] } })
    const loss = ppo(ai, { clip: 0.2, entropy: 0 }).build(context)
    const [gradient] = evaluate(gradients(loss, [builder.input("ai.log_ratio", [8, 1])]), feeds)
    const expected = [-1 / 8, -1.8 / 8, -2.2 / 8, 0, 0, 1.8 / 8, 2.2 / 8, 3 / 8]
    expect(Array.from(gradient ?? [], (x) => Math.round(x * 1e9) / 1e9)).toEqual(expected)
  })

  it("estimates the divergence from the old policy by mean((r - 1) - ln r)", () => {
    const { context, recorded } = contextOf({ rows: 8, sizes: { ai: [2] } })
    ppo(ai, { clip: 0.2, entropy: 0.01 }).build(context)
    const node = recorded.get("ai.approximate_kl")
    if (node === undefined) throw new Error("it is not recorded")
    // sum of ratios 4, twice, so the first part is 0; ln 0.5 + ln 0.9 + ln 1.1 + ln 1.5 = ln 0.7425
    expect(valueOf(node, feeds)).toBeCloseTo((-2 * Math.log(0.7425)) / 8, 12)
  })

  it("has the gradient of finite differences through the policy's logits, entropy bonus included", () => {
    const chosen = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0]
    const { builder, context } = contextOf({
      rows: 4,
      sizes: { ai: [3] },
      logRatio: (builder, agent) =>
        sub(
          sum(mul(logSoftmax(builder.input(`${agent}.policy.0`, [4, 3])), builder.constant(chosen, [4, 3])), {
            axes: [1],
            keep: true
          }),
          builder.input("old", [4, 1])
        )
    })
    const loss = ppo(ai, { clip: 0.2, entropy: 0.3 }).build(context)
    const policy = [...logits(0.2, 0.3, 0.5), ...logits(0.1, 0.6, 0.3), 0.4, -0.3, 1.2, 0, 0.7, -0.9]
    // the first two rows are inside the clip, the third outside on the trusted side, the fourth outside on the other
    const old = [Math.log(0.21), Math.log(0.55), Math.log(0.3), Math.log(0.2)]
    expectGradients(loss, [builder.input("ai.policy.0", [4, 3])], {
      "ai.policy.0": policy,
      old,
      advantage: [1.5, -0.7, -2, 1]
    })
  })
})
