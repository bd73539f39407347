/**
 * Values that are made of other measured values of a seed, some of them of another team: cognitive efficiency and synergy, which compare
 * with a baseline and with the AI alone, and the scores BAS and CCM. They are made when everything has been measured, so that a change of
 * what is compared runs nothing again.
 */
import { teamName } from "../Claim.ts"
import type { Objective } from "../loss/Objective.ts"
import { bas } from "./estimator/Bas.ts"
import { ccm } from "./estimator/Ccm.ts"
import { cognitiveEfficiency } from "./estimator/CognitiveEfficiency.ts"
import type { Effort } from "./estimator/CognitiveEfficiency.ts"
import { synergy } from "./estimator/Synergy.ts"
import type { Row } from "./Summary.ts"

/** What a stage's measured values are made into, and whom they are compared with. */
export interface Derivation {
  readonly metrics: ReadonlyArray<string>
  /** The objective whose steps and tokens cognitive efficiency compares with. */
  readonly baseline?: Objective
  /** The objective that trains the AI to act without messages. */
  readonly alone?: Objective
}

/** A value and the number of parts that it is made of. */
interface Made {
  readonly value: number
  readonly n: number
}

const missing: Made = { value: Number.NaN, n: 0 }

/** Metrics that are made of others, in the order in which they can be. */
const order = ["ce", "synergy", "bas", "ccm"] as const

const made = (
  metric: (typeof order)[number],
  own: (metric: string) => number,
  baseline: ((metric: string) => number) | undefined,
  alone: ((metric: string) => number) | undefined
): Made => {
  switch (metric) {
    case "ce": {
      if (baseline === undefined) return missing
      const effort = (of: (metric: string) => number): Effort => ({
        success: of("success"),
        steps: of("steps"),
        tokens: of("tokens")
      })
      const { share } = cognitiveEfficiency(effort(own), effort(baseline))
      return { value: share, n: Number.isNaN(share) ? 0 : 1 }
    }
    case "synergy": {
      const found = synergy({
        team: own("success"),
        aiAlone: alone?.("success") ?? Number.NaN,
        humanAlone: own("human_alone"),
        kappa: own("agreement")
      }).synergy
      return { value: found.value, n: found.defined }
    }
    case "bas": {
      const found = bas({
        mutualPredictability: own("mp"),
        behaviouralSensitivity: own("bs"),
        representationCompatibility: own("rc"),
        synergisticStability: own("ss"),
        cognitiveEfficiency: own("ce")
      })
      return { value: found.value, n: found.defined }
    }
    case "ccm": {
      const found = ccm({ diversity: own("diversity"), synergy: own("synergy") })
      return { value: found.value, n: found.defined }
    }
  }
}

const keyOf = (row: Row, by: string): string =>
  JSON.stringify([row.seed, row.variant ?? "", row.stage, row.on, row.choose, row.oracle, by])

/**
 * The rows with the derived ones behind those that they are made of. They stand where the stage played first, which is where what they
 * are made of was measured. A reference is looked up in the same seed, stage, condition and way of choosing, of the file as it stands
 * where a variant has not trained it; for an oracle or a team that imitated, in any stage that measured it. `value` is null where a value that is needed is
 * missing or undefined, `n` counts the parts that are defined; there is no interval within one seed.
 */
export const withDerived = (
  rows: ReadonlyArray<Row>,
  stages: ReadonlyArray<{
    readonly name: string
    readonly forEach?: "objective" | "seed"
    readonly team?: string
    readonly derive?: Derivation
  }>
): ReadonlyArray<Row> => {
  const groups = new Map<string, Array<Row>>()
  for (const row of rows) {
    const key = keyOf(row, row.by)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  // a team that is left once per seed is played in a stage of its own
  const separate = new Set(
    stages.flatMap(({ forEach, name, team }) => (team === undefined || forEach === "objective" ? [] : [name]))
  )
  const after = new Map(
    stages.flatMap(({ forEach, name, team }) => (team === undefined || forEach !== "objective" ? [] : [[name, team]]))
  )
  const teamOf = ({ name }: Objective, stage: string) => {
    const left = after.get(stage)
    return teamName({ name, ...(left === undefined ? {} : { after: left }) })
  }
  const valueIn = (group: ReadonlyArray<Row>) => (metric: string) =>
    group.find((row) => row.metric === metric)?.value ?? Number.NaN
  const reference = (row: Row, objective: Objective | undefined) => {
    if (objective === undefined) return undefined
    const candidates = rows.filter(
      (other) =>
        !other.oracle &&
        other.by === teamOf(objective, other.stage) &&
        other.seed === row.seed &&
        other.on === row.on &&
        other.choose === row.choose &&
        (row.oracle || separate.has(row.stage) || other.stage === row.stage)
    )
    // of several trainings one after the other the last one
    const last = candidates.filter(({ by }) => by === candidates.at(-1)?.by)
    const same = last.filter((other) => other.variant === row.variant)
    return valueIn(same.length > 0 ? same : last.filter((other) => other.variant === undefined))
  }
  const firstPlace = new Map<string, string>()
  for (const { on, stage } of rows) if (!firstPlace.has(stage)) firstPlace.set(stage, on)
  const out: Array<Row> = []
  for (const group of groups.values()) {
    out.push(...group)
    const [first] = group
    const derive = stages.find(({ name }) => name === first?.stage)?.derive
    if (first === undefined || derive === undefined || firstPlace.get(first.stage) !== first.on) continue
    const baseline = reference(first, derive.baseline)
    const alone = reference(first, derive.alone)
    const values = new Map<string, number>()
    const measured = valueIn(group)
    const own = (metric: string) => values.get(metric) ?? measured(metric)
    const rowsMade = new Map<string, Row>()
    for (const metric of order) {
      if (!derive.metrics.includes(metric)) continue
      const { n, value } = made(metric, own, baseline, alone)
      values.set(metric, value)
      rowsMade.set(metric, {
        ...first,
        metric,
        value: Number.isFinite(value) ? value : null,
        low: null,
        high: null,
        n
      })
    }
    for (const metric of derive.metrics) {
      const row = rowsMade.get(metric)
      if (row !== undefined) out.push(row)
    }
  }
  return out
}
