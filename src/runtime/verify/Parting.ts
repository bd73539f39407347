/** Where two runs part: the first stage, the first update, the first quantity. */
import { Result } from "effect"
import type { Row } from "../measure/Summary.ts"
import { decode } from "../store/Safetensors.ts"
import type { Curve, StageTrace, Traces } from "./Evidence.ts"

/** The first place at which two runs differ. */
export interface Parting {
  /** The label of the stage. */
  readonly stage: string
  /** The file of the stage that differs. */
  readonly file: string
  /** The update, counted from 1: the row of curve.csv. */
  readonly update: number | undefined
  /** The column of curve.csv, the measured value, the element of a tensor. */
  readonly quantity: string | undefined
  /** What stands there in the one and the other; undefined where that is not known or nothing stands there. */
  readonly before: string | undefined
  readonly after: string | undefined
}

const cellOf = (curve: Curve, row: number, column: number): string | undefined => curve.cells?.[row]?.[column]

const checkOf = (curve: Curve, row: number, column: number): string | undefined =>
  curve.updates[row]?.slice(2 * column, 2 * column + 2)

/** Which part of two curves is compared: the first so many updates, these columns. */
export interface Excerpt {
  readonly updates?: number | undefined
  readonly columns?: ReadonlyArray<string> | undefined
}

/** Columns that count what happened in the episodes. Rounding reaches them only when it makes an agent choose otherwise. */
export const counted: ReadonlyArray<string> = ["update", "steps", "episodes", "success", "length", "reward"]

/** The first cell in which two curves differ; of the columns that differ in that update, the first one of `before`. */
export const curveParting = (
  before: Curve,
  after: Curve,
  excerpt: Excerpt = {}
): Pick<Parting, "update" | "quantity" | "before" | "after"> | undefined => {
  const columns = [...new Set([...before.columns, ...after.columns])].filter(
    (name) => excerpt.columns === undefined || excerpt.columns.includes(name)
  )
  const places = columns.map((name) => [name, before.columns.indexOf(name), after.columns.indexOf(name)] as const)
  const longest = Math.max(before.updates.length, after.updates.length)
  const rows = Math.min(excerpt.updates ?? longest, longest)
  for (let row = 0; row < rows; row++) {
    for (const [name, from, to] of places) {
      const a = cellOf(before, row, from)
      const b = cellOf(after, row, to)
      const same =
        before.cells !== undefined && after.cells !== undefined
          ? a === b
          : checkOf(before, row, from) === checkOf(after, row, to)
      if (!same || from < 0 !== to < 0) return { update: row + 1, quantity: name, before: a, after: b }
    }
  }
  return undefined
}

/** `success of bica on map (greedy), seed 13`. */
export const valueName = (value: Pick<Row, "metric" | "by" | "on" | "choose" | "seed" | "variant">): string =>
  `${value.metric} of ${value.by}${value.variant === undefined ? "" : ` (${value.variant})`} on ${value.on} (${value.choose}), seed ${value.seed}`

/** The same value in another list. */
export const counterpart = (value: Row, among: ReadonlyArray<Row>): Row | undefined =>
  among.find(
    (other) =>
      other.stage === value.stage &&
      other.metric === value.metric &&
      other.by === value.by &&
      other.oracle === value.oracle &&
      other.on === value.on &&
      other.choose === value.choose &&
      other.variant === value.variant &&
      other.seed === value.seed
  )

/** Whether a value was measured by this stage. */
export const isOf = (value: Row, stage: Pick<StageTrace, "stage" | "objective" | "variant" | "seed">): boolean =>
  value.stage === stage.stage &&
  value.variant === stage.variant &&
  value.seed === stage.seed &&
  (stage.objective === null || value.oracle || value.by === stage.objective)

const shown = (value: number | null | undefined): string | undefined =>
  value === undefined ? undefined : value === null ? "undefined" : String(value)

const fields = ["value", "low", "high", "n"] as const

/** The first measured value of a stage in which two runs differ: the value itself, its interval, its number of episodes. */
const valueParting = (
  stage: StageTrace,
  before: ReadonlyArray<Row>,
  after: ReadonlyArray<Row>
): Pick<Parting, "quantity" | "before" | "after"> | undefined => {
  const here = after.filter((value) => isOf(value, stage))
  for (const value of before.filter((each) => isOf(each, stage))) {
    const other = counterpart(value, here)
    const field = other === undefined ? "value" : fields.find((each) => value[each] !== other[each])
    if (field === undefined) continue
    const what = { value: "", low: "lower end of ", high: "upper end of ", n: "episodes of " }[field]
    return { quantity: `${what}${valueName(value)}`, before: shown(value[field]), after: shown(other?.[field]) }
  }
  const extra = here.find((value) => counterpart(value, before) === undefined)
  return extra === undefined ? undefined : { quantity: valueName(extra), before: undefined, after: shown(extra.value) }
}

/**
 * The first place at which a stage differs, or undefined. Where the curves agree the measured values are looked at, then the
 * files; of a stage of which there is only an `excerpt` the curve alone is compared.
 */
export const stageParting = (
  before: StageTrace,
  after: StageTrace,
  measured: { readonly before: ReadonlyArray<Row>; readonly after: ReadonlyArray<Row> },
  excerpt?: Excerpt
): Parting | undefined => {
  const stage = after.label
  if (before.curve !== undefined && after.curve !== undefined) {
    const found = curveParting(before.curve, after.curve, excerpt)
    if (found !== undefined) return { stage, file: "curve.csv", ...found }
    if (excerpt !== undefined) return undefined
  }
  const value = valueParting(after, measured.before, measured.after)
  if (value !== undefined) return { stage, file: "measures.json", update: undefined, ...value }
  const names = [...new Set([...Object.keys(before.artifacts), ...Object.keys(after.artifacts)])].sort()
  const file = names.find((name) => before.artifacts[name] !== after.artifacts[name])
  return file === undefined
    ? undefined
    : {
        stage,
        file,
        update: undefined,
        quantity: undefined,
        before: before.artifacts[file],
        after: after.artifacts[file]
      }
}

/**
 * The first stage that both have and in which they differ. The stages are looked at in the order of `after`, in which a stage
 * stands behind those that it reads.
 */
export const firstParting = (before: Traces, after: Traces, excerpt?: Excerpt): Parting | undefined => {
  for (const stage of after.stages) {
    const other = before.stages.find(({ label }) => label === stage.label)
    if (other === undefined) continue
    const found = stageParting(other, stage, { before: before.measured, after: after.measured }, excerpt)
    if (found !== undefined) return found
  }
  return undefined
}

/** The first element in which two safetensors files differ; undefined when they hold the same or one cannot be read. */
export const tensorParting = (
  before: Uint8Array,
  after: Uint8Array
): Pick<Parting, "quantity" | "before" | "after"> | undefined => {
  const a = decode(before)
  const b = decode(after)
  if (Result.isFailure(a) || Result.isFailure(b)) return undefined
  for (const [name, { data }] of Object.entries(a.success.tensors)) {
    const other = b.success.tensors[name]
    if (other === undefined) return { quantity: name, before: `${data.length} numbers`, after: undefined }
    const longest = Math.max(data.length, other.data.length)
    for (let i = 0; i < longest; i++) {
      if (Object.is(data[i], other.data[i])) continue
      return { quantity: `${name}[${i}]`, before: shown(data[i]), after: shown(other.data[i]) }
    }
  }
  const extra = Object.entries(b.success.tensors).find(([name]) => a.success.tensors[name] === undefined)
  return extra === undefined
    ? undefined
    : { quantity: extra[0], before: undefined, after: `${extra[1].data.length} numbers` }
}
