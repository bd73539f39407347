/**
 * Writes the tables of docs/findings.md from pipelines/bica.lock, each between a comment that says what it holds and `<!-- end -->`:
 *
 * - `<!-- claims PIPELINE -->`: every claim as the file states it, its verdict and its margin over seeds.
 * - `<!-- measured PIPELINE on CONDITION of SUBJECT, ... : METRIC, ... -->`: means over seeds with 95 % bootstrap intervals; a subject
 *   is an objective, with its variant and `sampled` behind it where that is meant, or an oracle as the file names it, `map.NAME`.
 * - `<!-- seeds PIPELINE on CONDITION of SUBJECT, ... : METRIC -->`: one metric seed by seed.
 * - `<!-- variants PIPELINE on CONDITION of OBJECTIVE: METRIC, ... -->`: a row for each variant: means over its seeds, and in brackets
 *   what the objective as it stands in the file has on the same seeds.
 */
import { Result } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { shippedMetrics } from "../src/runtime/environment/Shipped.ts"
import { aggregate } from "../src/runtime/measure/Summary.ts"
import type { Aggregate } from "../src/runtime/measure/Summary.ts"
import { decodeLockfile } from "../src/runtime/store/Lockfile.ts"
import type { LockedPipeline } from "../src/runtime/store/Lockfile.ts"

const root = join(import.meta.dirname, "..")
const folder = join(root, "pipelines")

const isFraction = (metric: string): boolean => shippedMetrics.find(({ name }) => name === metric)?.unit === "fraction"

const shown = (value: number, metric: string): string =>
  (isFraction(metric) ? (100 * value).toFixed(1) : value.toFixed(2)).replace(/^-(?=[0.]+$)/, "")

const table = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  numbers = true
): ReadonlyArray<string> => [
  `| ${head.join(" | ")} |`,
  `| ${head.map((_, k) => (k === 0 || !numbers ? "---" : "---:")).join(" | ")} |`,
  ...rows.map((row) => `| ${row.join(" | ")} |`)
]

/** A claim as its file states it, without its name. */
const stated = (source: string, name: string): string => {
  const lines = source.split("\n")
  const from = lines.findIndex((one) => one.startsWith(`claim ${name}:`))
  if (from < 0) throw new Error(`no claim ${name} stands in the file`)
  // what goes on on further lines is indented
  const to = lines.findIndex((one, k) => k > from && !/^\s+\S/.test(one))
  const whole = lines.slice(from, to < 0 ? undefined : to).join(" ")
  return whole.slice(`claim ${name}:`.length).replaceAll(/\s+/g, " ").trim()
}

const claims = (pipeline: LockedPipeline): ReadonlyArray<string> => {
  const source = readFileSync(join(folder, pipeline.file), "utf8")
  const number = (x: number | null) => (x === null ? "-" : x.toPrecision(3))
  return table(
    ["claim", "what it states", "verdict", "margin over seeds"],
    Object.entries(pipeline.claims).map(([name, { adjusted, margin, verdict }]) => [
      name,
      `\`${stated(source, name)}\``,
      `**${verdict}**`,
      `${number(margin.mean)} [${number(margin.low)}, ${number(margin.high)}], n = ${margin.n}${
        adjusted === undefined || adjusted === null ? "" : `, p = ${adjusted.toPrecision(2)} (Holm)`
      }`
    ]),
    false
  )
}

const found = (
  all: ReadonlyArray<Aggregate>,
  subject: string,
  metric: string,
  condition: string
): Aggregate | undefined => {
  // `map.planner`; a variant's name has a dot too, behind a blank
  const [, player] = /^\w+\.(\w+)$/.exec(subject) ?? []
  const oracle = player !== undefined
  const [by = "", ...rest] = player === undefined ? subject.split(" ") : [player]
  const sampled = rest.at(-1) === "sampled"
  const words = sampled ? rest.slice(0, -1) : rest
  const variant = words.length === 0 ? undefined : words.join(" ")
  return all.find(
    (one) =>
      one.metric === metric &&
      one.by === by &&
      one.oracle === oracle &&
      one.variant === variant &&
      one.choose === (sampled ? "sampled" : "greedy") &&
      (one.on === condition || one.on.split(".")[1] === condition)
  )
}

const list = (text: string): ReadonlyArray<string> => text.split(",").map((part) => part.trim())

const known = new WeakMap<LockedPipeline, ReturnType<typeof aggregate>>()

/** What a pipeline measured, over its seeds; made once, since many tables ask for it and each interval is a bootstrap. */
const aggregated = (pipeline: LockedPipeline): ReturnType<typeof aggregate> => {
  const all = known.get(pipeline) ?? aggregate(pipeline.measured)
  known.set(pipeline, all)
  return all
}

const measured = (pipeline: LockedPipeline, condition: string, subjects: string, metrics: string) => {
  const all = aggregated(pipeline)
  return table(
    ["", ...list(subjects)],
    list(metrics).map((metric) => [
      `${metric}${isFraction(metric) ? " (%)" : ""}`,
      ...list(subjects).map((subject) => {
        const of = found(all, subject, metric, condition)
        if (of === undefined || Number.isNaN(of.overSeeds.mean)) return "-"
        const { high, low, mean } = of.overSeeds
        // one seed has no interval over seeds
        return Number.isNaN(low)
          ? shown(mean, metric)
          : `${shown(mean, metric)} [${shown(low, metric)}, ${shown(high, metric)}]`
      })
    ])
  )
}

const seeds = (pipeline: LockedPipeline, condition: string, subjects: string, metric: string) => {
  const all = aggregated(pipeline)
  const columns = list(subjects).map((subject) => found(all, subject, metric, condition)?.seeds ?? [])
  const numbers = [...new Set(columns.flat().map(({ seed }) => seed))]
  return table(
    ["seed", ...list(subjects).map((subject) => `${metric}, ${subject}`)],
    numbers.map((seed) => [
      `${seed}`,
      ...columns.map((values) => {
        const value = values.find((one) => one.seed === seed)?.value
        return value === undefined || value === null ? "-" : shown(value, metric)
      })
    ])
  )
}

const variants = (pipeline: LockedPipeline, condition: string, objective: string, metrics: string) => {
  const all = aggregated(pipeline).filter(({ by, oracle }) => by === objective && !oracle)
  const names = [...new Set(all.flatMap(({ variant }) => (variant === undefined ? [] : [variant])))]
  const valuesOf = (subject: string, metric: string) => {
    const rows = found(all, subject, metric, condition)?.seeds ?? []
    return new Map(rows.flatMap(({ seed, value }) => (value === null ? [] : [[seed, value] as const])))
  }
  const mean = (values: ReadonlyArray<number>) => values.reduce((sum, x) => sum + x, 0) / values.length
  return table(
    ["variant", ...list(metrics).map((metric) => `${metric}${isFraction(metric) ? " (%)" : ""}`)],
    names.map((name) => [
      name,
      ...list(metrics).map((metric) => {
        const values = valuesOf(`${objective} ${name}`, metric)
        const base = valuesOf(objective, metric)
        const same = [...values.keys()].flatMap((seed) => base.get(seed) ?? [])
        if (values.size === 0) return "-"
        const beside = same.length === values.size ? ` (${shown(mean(same), metric)})` : ""
        return `${shown(mean([...values.values()]), metric)}${beside}`
      })
    ])
  )
}

/** The text of docs/findings.md with its tables as `lockText` has the numbers; fails where a comment names what is not there. */
export const findings = (text: string, lockText: string): string => {
  const lock = Result.getOrThrow(decodeLockfile(lockText))
  return text.replaceAll(
    /<!-- (claims|measured|seeds|variants) (\w+)(?: on (\w+) of ([^:]+): ([^>]+?))? -->\n[\s\S]*?<!-- end -->/g,
    (
      whole: string,
      kind: string,
      name: string,
      condition: string | undefined,
      subjects: string | undefined,
      metrics: string | undefined
    ) => {
      const pipeline = lock.pipelines[name]
      if (pipeline === undefined) throw new Error(`pipelines/bica.lock does not hold ${name}`)
      const [head = ""] = whole.split("\n")
      const lines =
        kind === "claims"
          ? claims(pipeline)
          : kind === "measured"
            ? measured(pipeline, condition ?? "", subjects ?? "", metrics ?? "")
            : kind === "variants"
              ? variants(pipeline, condition ?? "", subjects ?? "", metrics ?? "")
              : seeds(pipeline, condition ?? "", subjects ?? "", metrics ?? "")
      return [head, "", ...lines, "", "<!-- end -->"].join("\n")
    }
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = join(root, "docs", "findings.md")
  writeFileSync(page, findings(readFileSync(page, "utf8"), readFileSync(join(folder, "bica.lock"), "utf8")))
}
