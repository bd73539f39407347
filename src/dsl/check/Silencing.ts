/** Checks whose messages an objective silences: that they say something, and that nobody learns to say what is never sent. */
import type * as Ast from "../syntax/Ast.ts"
import type { CheckedAgent } from "./Agents.ts"
import type { CheckedParts } from "./Parts.ts"
import type { Report } from "./Report.ts"
import { names } from "./Stages.ts"

/** What `silencing` may name. */
export interface SilencingScope {
  readonly agents: ReadonlyMap<string, CheckedAgent>
  readonly parts: CheckedParts
  readonly learners: ReadonlySet<string>
  readonly learner: string
}

/** The agents and protocols that an objective silences, as written; undefined after a finding. */
export const checkSilencing = (
  report: Report,
  scope: SilencingScope,
  syntax: Ast.Objective,
  freezing: ReadonlyArray<string>
): ReadonlyArray<string> | undefined => {
  const silencing = names(report, syntax.silencing, scope.learners, scope.learner)
  if (silencing === undefined) return undefined
  let sound = true
  for (const [i, name] of silencing.entries()) {
    const span = syntax.silencing[i]?.span ?? syntax.name.span
    const agent = scope.agents.get(name)
    const part = scope.parts.get(name)
    if (part !== undefined && part.syntax._tag !== "Protocol") {
      const mapper = part.syntax._tag === "Mapper"
      report.error(
        "BICA5005",
        span,
        mapper ? `The mapper \`${name}\` says nothing.` : `The advice of \`${name}\` is not a message.`,
        mapper ? "Leave it out." : `Write \`freezing ${name}\`: an instructor that is frozen gives no advice.`
      )
      sound = false
      continue
    }
    if (agent !== undefined && agent.role !== undefined && agent.syntax.says === undefined) {
      report.error(
        "BICA5005",
        span,
        `\`${name}\` says nothing, so there is nothing to silence.`,
        `Leave \`${name}\` out of \`silencing\`.`,
        { labels: [{ span: agent.syntax.name.span, text: "says nothing" }] }
      )
      sound = false
      continue
    }
    // who acts is worth training without its messages; its protocol is not
    const protocol = [...scope.parts].find(
      ([, one]) => one.module?._tag === "Protocol" && one.module.agent === name
    )?.[0]
    const trained = part !== undefined || agent?.role?.kind === "speaks" ? name : protocol
    if (trained === undefined || freezing.includes(trained)) continue
    report.error(
      "BICA5024",
      span,
      `\`${syntax.name.text}\` trains \`${trained}\`, and nothing that \`${trained}\` says is ever sent.`,
      `Write \`freezing ${[...freezing, trained].join(", ")}\`, or do not silence \`${name}\`.`
    )
    sound = false
  }
  return sound ? silencing : undefined
}
