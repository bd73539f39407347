/** Checks studies: seeds x objectives. */
import type { Span } from "../diagnostic/Diagnostic.ts"
import type { Study } from "../program/Program.ts"
import type * as Ast from "../syntax/Ast.ts"
import type * as Report from "./Report.ts"
import { names } from "./Stages.ts"

/** Most runs that a study may have. */
const mostRuns = 10_000

const largestSeed = 2 ** 32 - 1

/** Resolves a study; undefined after a finding. */
export const checkStudy = (
  report: Report.Report,
  syntax: Ast.Study,
  objectives: ReadonlySet<string>
): Study | undefined => {
  let sound = true
  const later = (span: Span, what: string): void => {
    report.error(
      "BICA9003",
      span,
      `This version of bica cannot expand \`${what}\`.`,
      "Write each variant as an objective of its own."
    )
    sound = false
  }
  if (syntax.from !== undefined) later(syntax.from.span, "from")
  for (const one of syntax.vary) later(one.span, "vary")
  for (const path of syntax.without) later(path.span, "without")
  if (syntax.seeds.length === 0) {
    report.error(
      "BICA5009",
      syntax.name.span,
      `The study \`${syntax.name.text}\` has no seeds.`,
      "Add `seeds 13, 42, 2025`."
    )
    sound = false
  }
  const first = new Map<number, Span>()
  for (const quantity of syntax.seeds) {
    const seed = quantity.value
    const before = first.get(seed)
    if (quantity.unit !== undefined) {
      report.error("BICA3002", quantity.unit.span, "A seed is a plain number.", `Write \`${quantity.text}\`.`)
      sound = false
    } else if (!Number.isInteger(seed) || seed < 0 || seed > largestSeed) {
      report.error(
        "BICA3008",
        quantity.span,
        `\`${quantity.text}\` is not a seed.`,
        `Give a whole number from 0 to ${largestSeed}.`
      )
      sound = false
    } else if (before !== undefined) {
      report.error(
        "BICA5010",
        quantity.span,
        `The seed ${seed} is given twice, and its runs would be one and the same.`,
        "Keep one of the two.",
        {
          labels: [{ span: before, text: "given here first" }]
        }
      )
      sound = false
    } else first.set(seed, quantity.span)
  }
  const compare = syntax.compare.length === 0 ? [...objectives] : names(report, syntax.compare, objectives, "objective")
  if (compare === undefined || !sound) return undefined
  const runs = first.size * Math.max(1, compare.length)
  if (runs > mostRuns) {
    report.error(
      "BICA5011",
      syntax.name.span,
      `The study \`${syntax.name.text}\` has ${runs} runs: ${first.size} seeds${compare.length === 0 ? "" : ` for ${compare.length} objective${compare.length === 1 ? "" : "s"}`}.`,
      `Keep it to ${mostRuns} runs.`
    )
    return undefined
  }
  const [start, end] = [syntax.compare[0], syntax.compare.at(-1)]
  return {
    name: syntax.name.text,
    span: syntax.span,
    seeds: [...first.keys()],
    compare,
    compareOrigin:
      start === undefined || end === undefined
        ? { kind: "default", source: { kind: "ours", text: "every objective of the file" } }
        : { kind: "written", span: { start: start.span.start, end: end.span.end } }
  }
}
