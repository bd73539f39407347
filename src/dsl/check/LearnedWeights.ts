/** Checks that a learned weight has something to learn from. */
import type { Objective } from "../program/Program.ts"
import { summands } from "../program/Summand.ts"
import { list } from "./Names.ts"
import type { Report } from "./Report.ts"

/**
 * A learned weight follows what its term's step did to the task, the summands of fixed weight: it must not weigh the task itself, and
 * the task must lead to something that the term trains, or its derivative is 0 at every step.
 */
export const checkLearnedWeights = (report: Report, objectives: ReadonlyArray<Objective>): void => {
  for (const objective of objectives) {
    const parts = summands(objective)
    const fixed = parts.filter((part) => part.weight?._tag !== "Learned")
    const task = new Set(fixed.flatMap((part) => part.term.trains).filter((name) => !objective.freezing.includes(name)))
    for (const { term, weight } of parts) {
      if (weight?._tag !== "Learned") continue
      if (term._tag === "Ppo") {
        report.error(
          "BICA5030",
          weight.span,
          `\`ppo(${term.agent})\` is the task that learned weights are judged by: its own weight has nothing to be judged by.`,
          "Give it a number, and let the weights of the other terms be learned."
        )
        continue
      }
      const reached = term.trains.filter((name) => !objective.freezing.includes(name))
      if (reached.length === 0 || reached.some((name) => task.has(name))) continue
      const what = term._tag === "Term" ? `the term \`${term.name}\`` : "this part of the objective"
      report.error(
        "BICA5030",
        weight.span,
        `Nothing teaches this weight: ${what} trains ${list(
          reached.map((name) => `\`${name}\``),
          "and"
        )}, which no part of \`${objective.name}\` with a fixed weight trains.`,
        "Give it a number, or add a part with a fixed weight that trains the same."
      )
    }
  }
}
