/** What a continuous integration finds out about locked pipelines, as Markdown for people. */
import type { Row } from "../runtime/measure/Summary.ts"
import type { ClaimVerdict, LockedPipeline } from "../runtime/store/Lockfile.ts"
import { mean } from "../runtime/measure/Statistics.ts"
import { changes } from "../runtime/verify/Changes.ts"
import type { Verdict } from "../runtime/verify/Comparison.ts"

/** What was found of one file. */
export interface Finding {
  readonly file: string
  /** Errors that the file has. */
  readonly errors: number
  readonly formatted: boolean
  /** What running it again gave; undefined where it could not be run, or is not locked. */
  readonly verdict: Verdict | undefined
  /** `7 stages`, `1 of 18 stages, the first 2 updates`. */
  readonly extent: string
  /** What the verdict rests on, or why there is none, line by line. */
  readonly words: ReadonlyArray<string>
  /** The pipeline as it is locked, and as it was before; undefined where it is or was not. */
  readonly locked: LockedPipeline | undefined
  readonly before: LockedPipeline | undefined
}

/** Claims of a lock that fail. */
export const failedClaims = (locked: LockedPipeline | undefined): ReadonlyArray<string> =>
  Object.entries(locked?.claims ?? {}).flatMap(([claim, { verdict }]) => (verdict === "fails" ? [claim] : []))

/** Whether nothing is wrong with a file: no error, laid out, the same numbers, no claim that fails. */
export const inOrder = ({ errors, formatted, locked, verdict }: Finding): boolean =>
  errors === 0 && formatted && verdict !== undefined && verdict !== "different" && failedClaims(locked).length === 0

const shown = (value: number | null | undefined): string =>
  value === undefined ? "" : value === null ? "undefined" : String(Number(value.toPrecision(4)))

const signed = (value: number): string => `${value > 0 ? "+" : ""}${shown(value)}`

/** A cell of a table: one line, and nothing that ends the cell. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ")

const row = (cells: ReadonlyArray<string>): string => `| ${cells.map(cell).join(" | ")} |`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => [
  row(head),
  row(head.map(() => "---")),
  ...rows.map(row)
]

/** A measured value, over seeds. */
interface OverSeeds {
  readonly name: string
  readonly value: number | null
  readonly seeds: number
}

const overSeeds = (measured: ReadonlyArray<Row>): ReadonlyMap<string, OverSeeds> => {
  const groups = new Map<string, Array<Row>>()
  for (const value of measured) {
    const { by, choose, metric, on, oracle, stage, variant } = value
    const how = choose === "greedy" ? "" : ` (${choose})`
    const name = `${stage}: ${metric} of ${by}${variant === undefined ? "" : `, ${variant}`}${oracle ? " (oracle)" : ""} on ${on}${how}`
    groups.set(name, [...(groups.get(name) ?? []), value])
  }
  return new Map(
    [...groups].map(([name, group]) => {
      const numbers = group.flatMap(({ value }) => (value === null ? [] : [value]))
      return [name, { name, value: numbers.length === 0 ? null : mean(numbers), seeds: group.length }] as const
    })
  )
}

/** The values over seeds that differ between two locks of a pipeline, with what they were and are. */
const changedNumbers = (
  before: LockedPipeline | undefined,
  now: LockedPipeline | undefined
): ReadonlyArray<ReadonlyArray<string>> => {
  if (before === undefined || now === undefined) return []
  const [a, b] = [overSeeds(before.measured), overSeeds(now.measured)]
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((name) => {
    const [was, is] = [a.get(name)?.value, b.get(name)?.value]
    if (was === is) return []
    const difference = typeof was === "number" && typeof is === "number" ? signed(is - was) : ""
    return [[name, a.has(name) ? shown(was) : "new", b.has(name) ? shown(is) : "gone", difference]]
  })
}

const marginText = ({ margin }: ClaimVerdict): string =>
  margin.mean === null
    ? ""
    : margin.low === null || margin.high === null
      ? shown(margin.mean)
      : `${shown(margin.mean)} [${shown(margin.low)}, ${shown(margin.high)}]`

const claimRows = ({ before, file, locked }: Finding): ReadonlyArray<ReadonlyArray<string>> =>
  Object.entries(locked?.claims ?? {}).map(([claim, judged]) => {
    const was = before?.claims[claim]?.verdict
    return [
      `\`${file}\` ${claim}`,
      judged.verdict === "fails" ? "**fails**" : judged.verdict,
      marginText(judged),
      String(judged.margin.n),
      before === undefined ? "" : was === undefined ? "new" : was === judged.verdict ? "the same" : `was: ${was}`
    ]
  })

const verdictText = ({ verdict }: Finding): string =>
  verdict === undefined ? "**none**" : verdict === "different" ? "**different**" : verdict

/** The Markdown of all findings; equal findings give equal text. */
export const markdown = (findings: ReadonlyArray<Finding>): string => {
  const wrong = findings.filter((finding) => !inOrder(finding))
  const lines: Array<string> = [
    `## bica: ${wrong.length === 0 ? "everything is in order" : `${wrong.length} of ${findings.length} pipelines out of order`}`,
    "",
    ...table(
      ["pipeline", "check", "layout", "run again", "extent"],
      findings.map((finding) => [
        `\`${finding.file}\``,
        finding.errors === 0 ? "fine" : `**${finding.errors} wrong**`,
        finding.formatted ? "fine" : "**not formatted**",
        verdictText(finding),
        finding.extent
      ])
    )
  ]
  const claims = findings.flatMap(claimRows)
  if (claims.length > 0) {
    lines.push("", "### Claims", "", ...table(["claim", "verdict", "margin", "seeds", "before"], claims))
  }
  for (const finding of findings) {
    const { before, file, locked } = finding
    const numbers = changedNumbers(before, locked)
    const words = before === undefined || locked === undefined ? [] : changes({ before, after: locked })
    if (numbers.length + words.length === 0) continue
    lines.push("", `### What changed in \`${file}\``, "")
    if (words.length > 0) lines.push(...words.map((each) => `- ${cell(each)}`), "")
    if (numbers.length > 0) {
      lines.push(...table(["measured, mean over seeds", "before", "now", "difference"], numbers))
    }
  }
  for (const { file, words } of findings.filter(({ verdict }) => verdict !== "identical")) {
    if (words.length === 0) continue
    lines.push(
      "",
      `<details><summary>${file}: what this rests on</summary>`,
      "",
      "```text",
      ...words,
      "```",
      "</details>"
    )
  }
  return `${lines.join("\n").replace(/\n{3,}/g, "\n\n")}\n`
}
