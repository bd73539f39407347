/** The report as data: everything that the page, the text and the tables say, and nothing of how they look. */
import type { Schema } from "effect"
import type { MetricDeclaration } from "../../declaration/Environment.ts"
import { teamName } from "../Claim.ts"
import type { Handover } from "../train/Handover.ts"
import { overSeeds, settled } from "./Curve.ts"
import type { Curve, Point } from "./Curve.ts"
import { paperSettings, paperTables } from "./Paper.ts"
import type { PaperRow, PaperTable } from "./Paper.ts"
import type { ProtocolRecord, ReplayRecord } from "./PlayRecord.ts"
import { significant } from "./Quantity.ts"
import type { Interval, SeedValue, SummedUp } from "../measure/Summary.ts"
import type { Judged, RunRecord, StageRecord } from "./RunRecord.ts"

/** Whether the committed lock says the same as the run. */
export type LockStanding =
  | { readonly state: "none"; readonly path: string }
  | { readonly state: "matches"; readonly path: string; readonly stages: number }
  | { readonly state: "differs"; readonly path: string; readonly why: ReadonlyArray<string> }

/** What is known besides the run's folder. */
export interface Surroundings {
  /** Environment declarations by name: what metrics and oracles mean. */
  readonly environments: ReadonlyArray<{
    readonly name: string
    readonly doc: string
    readonly metrics: ReadonlyArray<MetricDeclaration>
    readonly oracles: ReadonlyArray<{ readonly name: string; readonly doc: string }>
  }>
  /** The text of each claim in the file, by its name. */
  readonly claimTexts: Readonly<Record<string, string>>
  readonly lock: LockStanding
}

/** What a metric is. */
export interface Metric {
  readonly name: string
  readonly doc: string
  /** How it is computed and where that is from; empty where nothing more is known. */
  readonly formula: string
  readonly source: string
  readonly unit: string
  readonly better: "higher" | "lower" | "none"
  /** `episode`: of each episode; `team`: of all steps together, or made of other values. */
  readonly kind: "episode" | "team"
  /** The values that its definition allows, in words; empty where nothing is known of them. */
  readonly range: string
  /** The oracles between which a team's value is seen. */
  readonly floor: string | null
  readonly ceiling: string | null
}

const unknownMetric = (name: string): Metric => ({
  name,
  doc: "",
  formula: "",
  source: "",
  unit: "",
  better: "none",
  kind: "episode",
  range: "",
  floor: null,
  ceiling: null
})

/** Metrics whose `n` counts the parts that are defined, not episodes. */
const madeOfParts: ReadonlyArray<string> = ["mp", "bs", "ss", "bas", "synergy", "ccm"]

/** Who was measured, how. */
export interface Subject {
  readonly by: string
  readonly oracle: boolean
  readonly choose: string
  readonly variant: string | null
}

/** A metric of a subject in a condition. */
export interface Value {
  readonly metric: string
  /** Over seeds where there are several, else over the episodes of the one seed. */
  readonly estimate: Interval
  readonly over: "seeds" | "episodes"
  readonly seeds: ReadonlyArray<SeedValue>
  /** For a value made of parts the fewest and the most that are defined, over seeds. */
  readonly parts: readonly [fewest: number, most: number] | null
}

export interface SubjectValues extends Subject {
  readonly name: string
  readonly stage: string
  readonly values: ReadonlyArray<Value>
}

/** Everything measured under one condition. */
export interface Condition {
  readonly on: string
  /** How it departs from the environment as declared, or what that is, in the file's words. */
  readonly says: ReadonlyArray<string>
  readonly isBase: boolean
  readonly metrics: ReadonlyArray<string>
  readonly subjects: ReadonlyArray<SubjectValues>
}

export interface Claim extends Judged {
  /** The claim's own line of the file. */
  readonly text: string | undefined
  readonly unit: string
}

/** A row of a paper's table with what was measured beside it. */
export interface Beside {
  readonly row: PaperRow
  readonly unit: string
  readonly measured: ReadonlyArray<{ readonly by: string; readonly estimate: Interval }>
}

export interface BesidePaper extends Pick<PaperTable, "number" | "title" | "note"> {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Beside>
  /** What of the environment is not as the paper describes it. */
  readonly departures: ReadonlyArray<string>
}

/** One line of a learning curve figure: a training over its seeds. */
export interface Series {
  readonly name: string
  readonly points: ReadonlyArray<Point>
}

/** A quantity during training. */
export interface CurvePanel {
  readonly quantity: string
  readonly kind: "outcome" | "budget" | "multiplier" | "loss" | "watched" | "schedule"
  readonly unit: string
  readonly bounds: ReadonlyArray<{ readonly series: string; readonly bound: number }>
  readonly series: ReadonlyArray<Series>
}

export interface Learning {
  readonly stage: string
  readonly seeds: ReadonlyArray<number>
  readonly updates: number
  /** Environment steps of one training. */
  readonly steps: number
  /** The objective that it trains for where the file says which, and not the study. */
  readonly objective?: string
  /** The shift that it trains on, where that is not the environment as declared. */
  readonly on?: string
  /** The training or imitations that it goes on from. */
  readonly from?: ReadonlyArray<string>
  /** Where the stage imitates: what came of it, by seed. */
  readonly imitations?: ReadonlyArray<{
    readonly seed: number
    readonly variant: string | null
    readonly came: Handover
  }>
  readonly panels: ReadonlyArray<CurvePanel>
}

/** The protocol of one team. */
export interface ProtocolPicture {
  readonly by: string
  readonly variant: string | null
  readonly seed: number
  readonly seeds: number
  /** What the instructor gives, silence first; empty without one. */
  readonly advice: ReadonlyArray<string>
  readonly record: ProtocolRecord
}

export interface ReplayPicture {
  readonly by: string
  readonly seed: number
  readonly advice: ReadonlyArray<string>
  readonly record: ReplayRecord
}

/** A point of a budget sweep: one variant. */
export interface SweepPoint {
  readonly variant: string | null
  readonly bound: number
  /** The budgeted quantity at the end of training, by seed. */
  readonly held: ReadonlyArray<{ readonly seed: number; readonly value: number }>
  readonly measured: ReadonlyArray<{
    readonly metric: string
    readonly estimate: Interval
    readonly seeds: ReadonlyArray<SeedValue>
  }>
}

export interface Sweep {
  readonly budget: string
  readonly objective: string
  readonly unit: string
  readonly on: string
  readonly points: ReadonlyArray<SweepPoint>
}

/** A declaration of the file in words, every default filled in. */
export interface Declaration {
  readonly head: string
  readonly lines: ReadonlyArray<readonly [name: string, value: string]>
}

export interface Report {
  readonly format: "bica-report/1"
  readonly run: {
    readonly name: string
    readonly pipeline: string
    readonly file: string
    readonly about: string
    readonly begun: string | null
    readonly commit: { readonly id: string; readonly clean: boolean } | null
    readonly study: string | null
    /** The seed that was asked for in place of the studies' own. */
    readonly seed: number | null
    readonly finished: boolean
    readonly stages: { readonly all: number; readonly ended: number }
    readonly missing: ReadonlyArray<string>
    readonly seeds: ReadonlyArray<number>
    readonly objectives: ReadonlyArray<string>
    readonly variants: ReadonlyArray<string>
    readonly bica: string
    readonly numerics: number
    readonly environment: RunRecord["identity"]["environment"]
    readonly lock: LockStanding
  }
  /** The environments: what they are called in the file, and what they are. */
  readonly worlds: ReadonlyArray<{ readonly on: string; readonly name: string; readonly doc: string }>
  readonly declarations: ReadonlyArray<Declaration>
  /** The text of the file. */
  readonly source: string
  readonly metrics: ReadonlyArray<Metric>
  readonly oracles: ReadonlyArray<{ readonly name: string; readonly doc: string }>
  readonly claims: ReadonlyArray<Claim>
  readonly conditions: ReadonlyArray<Condition>
  readonly variants: ReadonlyArray<Condition>
  readonly paper: ReadonlyArray<BesidePaper>
  readonly learning: ReadonlyArray<Learning>
  readonly protocols: ReadonlyArray<ProtocolPicture>
  readonly replays: ReadonlyArray<ReplayPicture>
  readonly sweeps: ReadonlyArray<Sweep>
  readonly provenance: {
    readonly jobs: ReadonlyArray<Pick<StageRecord, "label" | "key" | "ended">>
    readonly artifacts: RunRecord["artifacts"]
    readonly total: string
  }
}

// ---- words of the file -------------------------------------------------------------------------------------------

/** The comment that a file begins with, as one text; empty where it begins otherwise. */
export const headComment = (source: string): string => {
  const lines: Array<string> = []
  for (const line of source.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const comment = /^\s*\/\/+\s?(.*)$/.exec(line)
    if (comment === null) break
    lines.push((comment[1] ?? "").trim())
  }
  return lines.join("\n").trim()
}

/** Declarations in the order of the statements; deeper places are joined to one name. */
const declarationsOf = (statements: Readonly<Record<string, string>>): ReadonlyArray<Declaration> => {
  const found = new Map<string, { readonly head: string; readonly lines: Array<readonly [string, string]> }>()
  for (const [place, value] of Object.entries(statements)) {
    const [first = "", ...rest] = place.split(", ")
    const known = found.get(first)
    if (known === undefined) found.set(first, { head: value === "" ? first : `${first} ${value}`, lines: [] })
    else if (value !== "") known.lines.push([rest.join(", "), value])
  }
  return [...found.values()]
}

/** What the instructor of a file gives, `{ none, hint }`; empty where there is none. What a stage leaves counts kinds and does not name them. */
const adviceIn = (statements: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  Object.entries(statements).flatMap(([place, value]) =>
    /^instructor \S+, gives$/.test(place) ? value.replace(/^\{ (.*) \}$/, "$1").split(", ") : []
  )

const valueAt = (statements: Readonly<Record<string, string>>, place: string): string | undefined => statements[place]

/** The environments of a file: name in the file -> declaration. */
const environmentsOf = (statements: Readonly<Record<string, string>>): ReadonlyArray<readonly [string, string]> =>
  Object.entries(statements).flatMap(([place, value]) => {
    const name = /^environment (\S+)$/.exec(place)?.[1]
    return name === undefined ? [] : [[name, value.replace(/^=\s*/, "").trim()] as const]
  })

/** What a condition is, in the file's words. */
const conditionSays = (
  statements: Readonly<Record<string, string>>,
  on: string
): { readonly says: ReadonlyArray<string>; readonly isBase: boolean } => {
  const below = (prefix: string) =>
    Object.entries(statements).flatMap(([place, value]) =>
      place.startsWith(prefix) && value !== "" ? [`${place.slice(prefix.length).replaceAll(", ", " ")} ${value}`] : []
    )
  for (const [environment] of environmentsOf(statements)) {
    if (on === environment) {
      const own = below(`environment ${environment}, `).filter((line) => !/^(?:shift|reward) /.test(line))
      return { says: own, isBase: true }
    }
    // a shift is called after its environment: `map.dense`
    const name = on.startsWith(`${environment}.`) ? on.slice(environment.length + 1) : on
    const shift = below(`environment ${environment}, shift ${name}, `)
    if (shift.length > 0) return { says: shift, isBase: false }
  }
  return { says: [], isBase: false }
}

/** A budget's bound: `kl(ai.policy || ai.prior) <= 1 nats by dual(0.05, start 0)` is 1 nats. */
export const boundOf = (statement: string): { readonly bound: number; readonly unit: string } | undefined => {
  const [, bound, unit] = /<=\s*(-?[\d.]+(?:e[+-]?\d+)?)\s*([A-Za-z%^\d]*)/.exec(statement) ?? []
  return bound === undefined ? undefined : { bound: Number(bound), unit: unit === "by" ? "" : (unit ?? "") }
}

/** Whether a team is that of an objective, whichever training left it; any team is of none. */
const isOf = ({ by }: Pick<SummedUp, "by">, objective: string | null): boolean =>
  objective === null || by === objective || by.startsWith(`${objective} after `)

// ---- measured ------------------------------------------------------------------------------------------------------

/** How a subject is called: greedy choices go without saying. */
export const subjectName = ({ by, choose, oracle, variant }: Subject): string =>
  [by, oracle || choose === "greedy" ? "" : `, ${choose}`, variant === null ? "" : ` · ${variant}`].join("")

/** Over seeds where there are several; one seed has no spread over seeds, its interval is over its episodes. */
const valueOf = ({ metric, overSeeds, seeds }: SummedUp): Value => {
  const [only] = seeds
  const counts = seeds.map(({ n }) => n)
  const parts = madeOfParts.includes(metric) ? ([Math.min(...counts), Math.max(...counts)] as const) : null
  return seeds.length === 1 && only !== undefined
    ? {
        metric,
        estimate: { mean: only.value, low: only.low, high: only.high, n: only.n },
        over: "episodes",
        seeds,
        parts
      }
    : { metric, estimate: overSeeds, over: "seeds", seeds, parts }
}

/** Teams first, a team's greedy and sampled rows together; those who are only yardsticks below them. */
const inOrder = (subjects: ReadonlyArray<SubjectValues>): ReadonlyArray<SubjectValues> => {
  const teams = subjects.filter(({ oracle }) => !oracle)
  const names = [...new Set(teams.map(({ by, variant }) => JSON.stringify([by, variant])))]
  return [
    ...names.flatMap((name) => teams.filter(({ by, variant }) => JSON.stringify([by, variant]) === name)),
    ...subjects.filter(({ oracle }) => oracle)
  ]
}

const conditionsOf = (
  rows: ReadonlyArray<SummedUp>,
  statements: Readonly<Record<string, string>>
): ReadonlyArray<Condition> =>
  [...new Set(rows.map(({ on }) => on))].map((on) => {
    const here = rows.filter((row) => row.on === on)
    const subjects = new Map<string, SubjectValues & { readonly values: Array<Value> }>()
    for (const row of here) {
      const of: Subject = { by: row.by, oracle: row.oracle, choose: row.choose, variant: row.variant ?? null }
      const key = JSON.stringify(of)
      const subject = subjects.get(key) ?? { ...of, name: subjectName(of), stage: row.stage, values: [] }
      subjects.set(key, subject)
      if (!subject.values.some(({ metric }) => metric === row.metric)) subject.values.push(valueOf(row))
    }
    const all = [...subjects.values()]
    return {
      on,
      ...conditionSays(statements, on),
      metrics: [...new Set(here.map(({ metric }) => metric))],
      subjects: inOrder(all)
    }
  })

// ---- claims --------------------------------------------------------------------------------------------------------

/** The unit of a claim's margin: that of the metrics it names, where they share one. */
const unitOfClaim = (text: string | undefined, metrics: ReadonlyArray<Metric>): string => {
  const named = [...(text ?? "").replace(/^[^:]*:/, "").matchAll(/([A-Za-z_]\w*)\s*\(/g)].flatMap(([, name]) =>
    metrics.filter((metric) => metric.name === name).map(({ unit }) => unit)
  )
  const units = new Set(named.map((unit) => (unit === "none" ? "" : unit)))
  return units.size === 1 && !/[/]/.test(text ?? "") ? ([...units][0] ?? "") : ""
}

// ---- beside the paper ----------------------------------------------------------------------------------------------

const besidePaper = (
  conditions: ReadonlyArray<Condition>,
  statements: Readonly<Record<string, string>>,
  metrics: ReadonlyArray<Metric>
): ReadonlyArray<BesidePaper> => {
  const environment = environmentsOf(statements).find(([, declaration]) => declaration === "MapTalk")
  const base = conditions.find(({ isBase, on }) => isBase && on === environment?.[0])
  if (environment === undefined || base === undefined) return []
  const teams = base.subjects.filter(({ oracle, variant }) => !oracle && variant === null)
  const departures = Object.entries(paperSettings).flatMap(([name, paper]) => {
    const here = valueAt(statements, `environment ${environment[0]}, ${name}`)
    return here === undefined || here === paper ? [] : [`${name} ${here} (paper: ${paper})`]
  })
  return paperTables.flatMap(({ note, number, rows, title }) => {
    const found = rows.flatMap((row): ReadonlyArray<Beside> => {
      const measured = teams.map((team) => {
        const value = team.values.find(({ metric }) => row.metrics.includes(metric))
        return {
          by: team.name,
          estimate: value?.estimate ?? { mean: null, low: null, high: null, n: 0 },
          metric: value?.metric
        }
      })
      const name = measured.find(({ metric }) => metric !== undefined)?.metric
      if (name === undefined) return []
      const declared = metrics.find((metric) => metric.name === name)?.unit
      return [
        {
          row,
          unit: declared ?? (row.unit === "percent" ? "fraction" : row.unit),
          measured: measured.map(({ by, estimate }) => ({ by, estimate }))
        }
      ]
    })
    return found.length === 0
      ? []
      : [{ number, title, note, columns: teams.map(({ name }) => name), rows: found, departures }]
  })
}

// ---- learning ------------------------------------------------------------------------------------------------------

const outcomes: ReadonlyArray<string> = ["success", "length", "reward"]
const counters: ReadonlyArray<string> = ["update", "steps", "episodes"]

const kindOf = (quantity: string): CurvePanel["kind"] | undefined => {
  if (counters.includes(quantity) || quantity.startsWith("bound.")) return undefined
  if (outcomes.includes(quantity)) return "outcome"
  if (quantity.startsWith("budget.")) return "budget"
  if (quantity.startsWith("multiplier.")) return "multiplier"
  if (quantity === "rate" || /^(?:temperature|weight)\./.test(quantity)) return "schedule"
  return quantity === "loss" ||
    quantity === "teacher_entropy" ||
    quantity.startsWith("term.") ||
    quantity.endsWith(".surrogate")
    ? "loss"
    : "watched"
}

/** The groups of learning curves in the order in which they are shown. */
export const panelKinds = ["outcome", "budget", "multiplier", "loss", "watched", "schedule"] as const

/** The trainings of a stage: one for each objective and variant, over its seeds. */
interface Training {
  readonly stage: string
  readonly name: string
  readonly objective: string | null
  readonly variant: string | null
  readonly seeds: ReadonlyArray<{ readonly seed: number; readonly curve: Curve }>
}

const trainingsOf = (stages: ReadonlyArray<StageRecord>, stage: string): ReadonlyArray<Training> => {
  const found = new Map<string, Training & { readonly seeds: Array<Training["seeds"][number]> }>()
  for (const { curve, objective, seed, stage: of, variant } of stages) {
    if (of !== stage || curve === undefined) continue
    const key = JSON.stringify([objective, variant])
    const name = subjectName({ by: objective ?? stage, oracle: false, choose: "greedy", variant })
    const training = found.get(key) ?? { stage, name, objective, variant, seeds: [] }
    found.set(key, training)
    training.seeds.push({ seed, curve })
  }
  return [...found.values()]
}

/** The bound of a budget in a training: what the curve says, else what the variant says, else what the file says. */
const boundIn = (
  training: Training,
  budget: string,
  statements: Readonly<Record<string, string>>
): { readonly bound: number; readonly unit: string } | undefined => {
  const declared = boundOf(valueAt(statements, `budget ${budget}`) ?? "")
  const recorded = training.seeds[0]?.curve.columns[`bound.${budget}`]?.find((x) => Number.isFinite(x))
  if (recorded !== undefined) return { bound: recorded, unit: declared?.unit ?? "" }
  const varied = variedBound(training.variant, budget)
  if (varied !== undefined) return { bound: varied, unit: declared?.unit ?? "" }
  return declared
}

/** The bound that a variant gives a budget: the variant is called `drift=0.02-nats`. */
export const variedBound = (variant: string | null, budget: string): number | undefined => {
  if (variant === null || !variant.startsWith(`${budget}=`)) return undefined
  const number = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/.exec(variant.slice(budget.length + 1))?.[0]
  return number === undefined ? undefined : Number(number)
}

const learningOf = (record: RunRecord): ReadonlyArray<Learning> => {
  const { jobs, statements } = record.identity
  const learns = new Set(record.stages.flatMap(({ curve, stage }) => (curve === undefined ? [] : [stage])))
  const stageOf = new Map(jobs.map(({ label, stage }) => [label, stage]))
  const before = (stage: string): ReadonlyArray<string> => {
    const own = jobs.find((job) => job.stage === stage)?.after ?? []
    return own.flatMap((label) => stageOf.get(label) ?? []).filter((name) => learns.has(name))
  }
  return [...new Set(record.stages.filter(({ curve }) => curve !== undefined).map(({ stage }) => stage))].map(
    (stage) => {
      const all = trainingsOf(record.stages, stage)
      const plain = all.filter(({ variant }) => variant === null)
      // variants have their own figures; where there is nothing else they are shown here
      const trainings = plain.length > 0 ? plain : all
      const imitations = record.stages.flatMap(({ imitation, seed, stage: of, variant }) =>
        of === stage && imitation !== undefined && (plain.length === 0 || variant === null)
          ? [{ seed, variant, came: imitation }]
          : []
      )
      const ends = imitations.flatMap(({ came }) => came.bound ?? [])
      const quantities = [
        ...new Set(trainings.flatMap(({ seeds }) => seeds.flatMap(({ curve }) => Object.keys(curve.columns))))
      ]
      const panels = quantities.flatMap((quantity): ReadonlyArray<CurvePanel> => {
        const kind = kindOf(quantity)
        if (kind === undefined) return []
        const series = trainings.flatMap(({ name, seeds }) => {
          const values = seeds.flatMap(({ curve }) => {
            const column = curve.columns[quantity]
            return column === undefined ? [] : [column]
          })
          const points = overSeeds(values)
          return points.length === 0 ? [] : [{ name, points }]
        })
        const budget = kind === "budget" ? quantity.slice("budget.".length) : undefined
        const bounds =
          quantity === "loss" && imitations.length > 0
            ? series.flatMap(({ name }) => [...new Set(ends)].map((bound) => ({ series: name, bound })))
            : budget === undefined
              ? []
              : trainings.flatMap((training) => {
                  if (!series.some(({ name }) => name === training.name)) return []
                  const found = boundIn(training, budget, statements)
                  return found === undefined ? [] : [{ series: training.name, bound: found.bound }]
                })
        const unit =
          quantity === "success"
            ? "fraction"
            : quantity === "length"
              ? "steps"
              : imitations.length > 0 && kind === "loss"
                ? "nats"
                : budget === undefined
                  ? ""
                  : (boundOf(valueAt(statements, `budget ${budget}`) ?? "")?.unit ?? "")
        // a weight that stays as it was stands in the objective already
        const isFlat = series.every(({ points }) =>
          points.every(({ high, low }) => low === points[0]?.mean && high === low)
        )
        if (kind === "schedule" && isFlat) return []
        return series.length === 0 ? [] : [{ quantity, kind, unit, bounds, series }]
      })
      const curves = trainings.flatMap(({ seeds }) => seeds)
      const from = before(stage)
      const on = / on (\S+)/.exec(valueAt(statements, `stage ${stage}, repeat, rollout`) ?? "")?.[1]
      const objective = /^for (\S+)/.exec(valueAt(statements, `stage ${stage}`) ?? "")?.[1]
      return {
        stage,
        seeds: [...new Set(curves.map(({ seed }) => seed))],
        updates: Math.max(0, ...curves.map(({ curve }) => curve.updates)),
        steps: Math.max(0, ...curves.flatMap(({ curve }) => curve.columns["steps"]?.at(-1) ?? 0)),
        ...(objective === undefined ? {} : { objective }),
        ...(on === undefined ? {} : { on }),
        ...(from.length === 0 ? {} : { from }),
        ...(imitations.length === 0 ? {} : { imitations }),
        panels: panelKinds.flatMap((kind) => panels.filter((panel) => panel.kind === kind))
      }
    }
  )
}

// ---- budget sweep --------------------------------------------------------------------------------------------------

const sweepsOf = (record: RunRecord, rows: ReadonlyArray<SummedUp>): ReadonlyArray<Sweep> => {
  const { statements } = record.identity
  const base = environmentsOf(statements)[0]?.[0]
  const trainings = [...new Set(record.stages.map(({ stage }) => stage))].flatMap((stage) =>
    trainingsOf(record.stages, stage)
  )
  const budgets = [
    ...new Set(
      trainings.flatMap(({ seeds }) =>
        seeds.flatMap(({ curve }) =>
          Object.keys(curve.columns).flatMap((name) =>
            name.startsWith("budget.") ? [name.slice("budget.".length)] : []
          )
        )
      )
    )
  ]
  const objectives = [...new Set(trainings.flatMap(({ objective }) => (objective === null ? [] : [objective])))]
  return budgets.flatMap((budget) =>
    objectives.flatMap((objective): ReadonlyArray<Sweep> => {
      const declared = boundOf(valueAt(statements, `budget ${budget}`) ?? "")
      const held = trainings.filter(
        (training) =>
          training.objective === objective &&
          training.seeds.some(({ curve }) => curve.columns[`budget.${budget}`] !== undefined)
      )
      // of trainings that go on from each other the last one
      const own = held.filter(({ stage }) => stage === held.at(-1)?.stage)
      const varied = own.filter((training) => {
        const bound = boundIn(training, budget, statements)?.bound
        return (
          variedBound(training.variant, budget) !== undefined ||
          (bound !== undefined && declared !== undefined && bound !== declared.bound)
        )
      })
      if (varied.length === 0) return []
      const points = own
        .filter((training) => training.variant === null || varied.includes(training))
        .flatMap((training): ReadonlyArray<SweepPoint> => {
          const bound = boundIn(training, budget, statements)?.bound
          if (bound === undefined) return []
          const measured = rows.filter(
            (row) =>
              !row.oracle &&
              (row.by === objective || row.by === teamName({ name: objective, after: training.stage })) &&
              row.choose === "greedy" &&
              (row.variant ?? null) === training.variant &&
              (base === undefined || row.on === base)
          )
          return [
            {
              variant: training.variant,
              bound,
              held: training.seeds.flatMap(({ curve, seed }) => {
                const value = settled(curve.columns[`budget.${budget}`] ?? [])
                return Number.isFinite(value) ? [{ seed, value }] : []
              }),
              measured: ["success", "steps"].flatMap((metric) => {
                const row = measured.find((each) => each.metric === metric)
                if (row === undefined) return []
                const { estimate, seeds } = valueOf(row)
                return [{ metric, estimate, seeds }]
              })
            }
          ]
        })
        .sort((a, b) => a.bound - b.bound)
      return points.length < 2 ? [] : [{ budget, objective, unit: declared?.unit ?? "", on: base ?? "", points }]
    })
  )
}

// ---- the whole -----------------------------------------------------------------------------------------------------

const firstOf = <A>(
  stages: ReadonlyArray<StageRecord>,
  part: (stage: StageRecord) => A | undefined
): ReadonlyArray<{ readonly stage: StageRecord; readonly part: A; readonly seeds: number }> => {
  const found = new Map<string, { readonly stage: StageRecord; readonly part: A; seeds: number }>()
  for (const stage of stages) {
    const made = part(stage)
    if (made === undefined || stage.variant !== null) continue
    const key = JSON.stringify([stage.stage, stage.objective])
    const known = found.get(key)
    if (known === undefined) found.set(key, { stage, part: made, seeds: 1 })
    else known.seeds++
  }
  return [...found.values()]
}

/** Builds the report of a run. The same run and surroundings give the same data, whenever and wherever. */
export const makeReport = (record: RunRecord, surroundings: Surroundings): Report => {
  const { identity } = record
  const { statements } = identity
  const declared = environmentsOf(statements).flatMap(([, name]) =>
    surroundings.environments.filter((each) => each.name === name)
  )
  const rows = record.measures
  const names = [...new Set(rows.map(({ metric }) => metric))]
  const metrics = names.map((name): Metric => {
    const found = declared.flatMap((each) => each.metrics).find((each) => each.name === name)
    return found === undefined
      ? unknownMetric(name)
      : {
          name,
          doc: found.doc,
          formula: found.formula ?? "",
          source: found.source?.text ?? "",
          unit: found.unit,
          better: found.better,
          kind: found.kind === "episode" ? "episode" : "team",
          range: found.range ?? "",
          floor: found.floor ?? null,
          ceiling: found.ceiling ?? null
        }
  })
  const plain = rows.filter(({ variant }) => (variant ?? null) === null)
  const conditions = conditionsOf(plain, statements)
  const varied = rows.filter((row) => (row.variant ?? null) !== null)
  const compared = rows.filter(
    (row) =>
      (row.variant ?? null) !== null ||
      (!row.oracle && varied.some((other) => other.by === row.by && other.on === row.on && other.choose === row.choose))
  )
  const protocols = firstOf(record.stages, ({ protocol }) => protocol)
  const replays = firstOf(record.stages, ({ replay }) => replay)
  const advice = adviceIn(statements)
  const lineOf = ({ objective, stage }: StageRecord) => {
    const measured = rows.find((row) => row.stage === stage && !row.oracle && isOf(row, objective))
    return subjectName({
      by: measured?.by ?? objective ?? stage,
      oracle: false,
      choose: measured?.choose ?? "greedy",
      variant: null
    })
  }
  return {
    format: "bica-report/1",
    run: {
      name: record.name,
      pipeline: identity.pipeline,
      file: record.request?.file ?? `${identity.pipeline}.bica`,
      about: headComment(record.source ?? ""),
      begun: record.begun ?? null,
      commit: record.request?.commit ?? null,
      study: record.request?.study ?? null,
      seed: record.request?.seed ?? null,
      finished: record.finished,
      stages: { all: record.stages.length, ended: record.stages.filter(({ ended }) => ended).length },
      missing: record.stages.filter(({ ended }) => !ended).map(({ label }) => label),
      seeds: [...new Set(record.stages.map(({ seed }) => seed))],
      objectives: [...new Set(record.stages.flatMap(({ objective }) => (objective === null ? [] : [objective])))],
      variants: [...new Set(record.stages.flatMap(({ variant }) => (variant === null ? [] : [variant])))],
      bica: identity.bica,
      numerics: identity.numerics,
      environment: identity.environment,
      lock: surroundings.lock
    },
    worlds: environmentsOf(statements).flatMap(([on, name]) => {
      const doc = declared.find((each) => each.name === name)?.doc
      return doc === undefined ? [] : [{ on, name, doc }]
    }),
    declarations: declarationsOf(statements),
    source: record.source ?? "",
    metrics,
    oracles: declared
      .flatMap((each) => each.oracles)
      .filter(({ name }) => rows.some((row) => row.oracle && row.by === name))
      .map(({ doc, name }) => ({ name, doc })),
    claims: record.claims.map((claim) => {
      const text = surroundings.claimTexts[claim.claim]
      return { ...claim, text, unit: unitOfClaim(text, metrics) }
    }),
    conditions,
    variants: conditionsOf(compared, statements),
    paper: besidePaper(conditions, statements, metrics),
    learning: learningOf(record),
    protocols: protocols.map(({ part, seeds, stage }) => ({
      by: lineOf(stage),
      variant: stage.variant,
      seed: stage.seed,
      seeds,
      advice,
      record: part
    })),
    replays: replays.map(({ part, stage }) => ({ by: lineOf(stage), seed: stage.seed, advice, record: part })),
    sweeps: sweepsOf(record, rows),
    provenance: {
      jobs: record.stages.map(({ ended, key, label }) => ({ label, key, ended })),
      artifacts: record.artifacts,
      total: record.total
    }
  }
}

// ---- reading a report ----------------------------------------------------------------------------------------------

/** What is known of a metric; of one that no environment declares only its name. */
export const metricOf = (report: Report, name: string): Metric =>
  report.metrics.find((metric) => metric.name === name) ?? unknownMetric(name)

/** The metrics of a condition that are counted in episodes, or those of whole teams. */
export const metricsOf = (report: Report, condition: Condition, kind: Metric["kind"]): ReadonlyArray<Metric> =>
  condition.metrics.map((name) => metricOf(report, name)).filter((metric) => metric.kind === kind)

/** The subjects of a condition that have a value of one of the metrics. */
export const subjectsWith = (condition: Condition, metrics: ReadonlyArray<Metric>): ReadonlyArray<SubjectValues> =>
  condition.subjects.filter(({ values }) => values.some(({ metric }) => metrics.some(({ name }) => name === metric)))

/** The ends between which teams are seen. */
export const ends = ["floor", "ceiling"] as const
export type End = (typeof ends)[number]

/** The oracle that is the floor or the ceiling of a metric, where its value is defined under this condition. */
export const endOf = (condition: Condition, metric: Metric, end: End): SubjectValues | undefined =>
  condition.subjects.find(
    ({ by, oracle, values }) =>
      oracle &&
      by === metric[end] &&
      values.some(({ estimate, metric: name }) => name === metric.name && estimate.mean !== null)
  )

/** Which end of a metric a subject is. */
export const endIs = (condition: Condition, metric: Metric, subject: SubjectValues): End | undefined =>
  ends.find((end) => endOf(condition, metric, end) === subject)

/** What is known of where the values of a metric lie, as a sentence; empty where nothing is. */
export const betweenShown = ({ ceiling, floor, range }: Metric): string => {
  const said = [
    range === "" ? "" : `values ${range}`,
    floor === null ? "" : `floor ${floor}`,
    ceiling === null ? "" : `ceiling ${ceiling}`
  ].filter((part) => part !== "")
  const text = said.join(", ")
  return text === "" ? "" : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}

/** Of how many parts a value is made: `5 parts`, `4 to 5 parts`; empty for one that has none. */
export const partsShown = ({ parts }: Value): string => {
  if (parts === null) return ""
  const [fewest, most] = parts
  return fewest === most ? `${most} part${most === 1 ? "" : "s"}` : `${fewest} to ${most} parts`
}

// ---- statistics of claims ------------------------------------------------------------------------------------------

/** What the statistics that may stand beside a verdict are called. */
const statisticNames: ReadonlyArray<readonly [pattern: RegExp, name: string]> = [
  [/^(?:p|raw_?p|p_?raw|p_?value)$/i, "p"],
  [/holm|adjusted/i, "p, Holm"],
  [/improvement/i, "probability of improvement"],
  [/iqm|interquartile/i, "interquartile mean"],
  [/cohen|effect|^d$/i, "Cohen’s d"],
  [/^test$/i, "by"],
  [/power/i, "power"]
]

const words = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase()

const statisticValue = (value: Schema.Json, name: string): string | undefined => {
  if (typeof value === "number") {
    if (/^p\b/.test(name) && value < 0.001) return "< 0.001"
    return significant(value)
  }
  if (typeof value === "string" || typeof value === "boolean") return String(value)
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined
  const fields = new Map(Object.entries(value))
  const mean = fields.get("mean") ?? fields.get("value") ?? fields.get("estimate")
  const [low, high] = [fields.get("low"), fields.get("high")]
  if (typeof mean !== "number") return undefined
  return typeof low === "number" && typeof high === "number"
    ? `${significant(mean)} [${significant(low)}, ${significant(high)}]`
    : significant(mean)
}

/** The statistics beside a verdict, named and spelt; what is undefined is left out. */
export const statisticsOf = ({
  statistics
}: Pick<Judged, "statistics">): ReadonlyArray<readonly [name: string, value: string]> =>
  Object.entries(statistics).flatMap(([key, value]) => {
    const name = statisticNames.find(([pattern]) => pattern.test(key))?.[1] ?? words(key)
    const text = statisticValue(value, name)
    return text === undefined ? [] : [[name, text] as const]
  })

/** Means of both sides of a claim over the seeds that have both. */
export const sidesOf = (claim: Judged): { readonly left: number; readonly right: number } | undefined => {
  const both = claim.evidence.flatMap(({ left, right }) => (left === null || right === null ? [] : [{ left, right }]))
  const mean = (values: ReadonlyArray<number>) => values.reduce((sum, x) => sum + x, 0) / values.length
  return both.length === 0
    ? undefined
    : { left: mean(both.map(({ left }) => left)), right: mean(both.map(({ right }) => right)) }
}
