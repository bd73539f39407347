/** Finds metrics that can have one value only: what is counted is never done by anybody who plays. */
import type { EnvironmentDeclaration } from "../../declaration/Environment.ts"
import type { Agent, Module, Objective, Stage } from "../program/Program.ts"
import type * as Ast from "../syntax/Ast.ts"
import { list } from "./Names.ts"
import type { Report } from "./Report.ts"
import { pathText } from "./Values.ts"

/** What is known of those who play. */
export interface ConstantScope {
  readonly declaration: EnvironmentDeclaration
  readonly agents: ReadonlyArray<Agent>
  readonly modules: ReadonlyArray<Module>
  /** The objectives that some study compares. */
  readonly objectives: ReadonlyArray<Objective>
}

/** Whether no agent of a team ever says anything. */
const isSilent = ({ agents, modules }: ConstantScope, objective: Objective): boolean =>
  agents.every((agent) => {
    if (agent.says.length > 0 && !objective.silencing.includes(agent.name)) return false
    const protocol = modules.find((one) => one._tag === "Protocol" && one.agent === agent.name)
    return (
      protocol === undefined ||
      objective.freezing.includes(protocol.name) ||
      objective.silencing.includes(protocol.name)
    )
  })

/** Reports metrics of tokens where nobody who plays speaks. */
export const checkConstants = (
  report: Report,
  scope: ConstantScope,
  stages: ReadonlyArray<Stage>,
  syntax: ReadonlyMap<string, Ast.Stage>
): void => {
  // what a module counts in tokens may be something else than what is said
  const counted = new Set(
    scope.declaration.metrics
      .filter(({ code, unit }) => unit === "tokens" && code === undefined)
      .map(({ name }) => name)
  )
  for (const stage of stages) {
    const { work } = stage
    if (work._tag !== "Play") continue
    const silent =
      work.by.length > 0
        ? work.by.every((one) => one.silent === true)
        : stage.forEach === "objective" &&
          scope.objectives.length > 0 &&
          scope.objectives.every((one) => isSilent(scope, one))
    if (!silent) continue
    const measure = syntax.get(stage.name)?.body.find((one) => one._tag === "Measure")
    for (const path of measure?.metrics ?? []) {
      const name = pathText(path)
      if (!counted.has(name)) continue
      const who =
        work.by.length > 0
          ? list(
              work.by.map((one) => `\`${stage.environment}.${one.name}\``),
              "and"
            )
          : `the team of ${list(
              scope.objectives.map((one) => `\`${one.name}\``),
              "and"
            )}`
      report.error(
        "BICA5032",
        path.span,
        `\`${name}\` is always 0 in \`${stage.name}\`: ${who} ${work.by.length === 1 || work.by.length === 0 ? "says" : "say"} nothing.`,
        `Leave \`${name}\` out of \`measure\`.`
      )
    }
  }
}
