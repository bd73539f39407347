/** Learning curves: what stands in `curve.csv`, and curves over seeds. */

/** A learning curve: for each quantity a value per update, NaN where there was nothing to measure. */
export interface Curve {
  readonly columns: Readonly<Record<string, ReadonlyArray<number>>>
  readonly updates: number
}

/** A point of a curve over seeds: the mean, the lowest and the highest seed. */
export interface Point {
  /** The middle of the updates that it stands for. */
  readonly update: number
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** Points of a curve that is shown; longer trainings are averaged in bins of updates. */
export const shownPoints = 80

/** Reads the text of `curve.csv`. */
export const parseCurve = (text: string): Curve => {
  const [head = "", ...rows] = text.trimEnd().split("\n")
  const cells = rows.map((row) => row.split(","))
  const columns = head
    .split(",")
    .map((name, k) => [name, cells.map((row) => ((row[k] ?? "") === "" ? Number.NaN : Number(row[k])))] as const)
  return { columns: Object.fromEntries(columns), updates: rows.length }
}

/** Updates that one point stands for in a training of so many updates. */
export const binOf = (updates: number): number => Math.max(1, Math.ceil(updates / shownPoints))

const meanOf = (values: ReadonlyArray<number>): number => {
  const there = values.filter((value) => Number.isFinite(value))
  return there.length === 0 ? Number.NaN : there.reduce((sum, value) => sum + value, 0) / there.length
}

/** Means of consecutive bins of `bin` values; NaN where a bin holds none. */
export const binned = (values: ReadonlyArray<number>, bin: number): ReadonlyArray<number> =>
  Array.from({ length: Math.ceil(values.length / bin) }, (_, k) => meanOf(values.slice(k * bin, (k + 1) * bin)))

/**
 * A quantity over seeds: each seed's curve is averaged in bins, then the mean over seeds and their range is taken. Points at
 * which no seed has a value are left out.
 */
export const overSeeds = (seeds: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<Point> => {
  const updates = Math.max(0, ...seeds.map((values) => values.length))
  const bin = binOf(updates)
  const curves = seeds.map((values) => binned(values, bin))
  return Array.from({ length: Math.ceil(updates / bin) }, (_, k) => {
    const here = curves.flatMap((curve) => {
      const value = curve[k]
      return value === undefined || Number.isNaN(value) ? [] : [value]
    })
    const last = Math.min(updates, (k + 1) * bin)
    return {
      update: (k * bin + 1 + last) / 2,
      mean: meanOf(here),
      low: Math.min(...here),
      high: Math.max(...here)
    }
  }).filter(({ mean }) => Number.isFinite(mean))
}

/** The mean of the last tenth of a training, at least one update. */
export const settled = (values: ReadonlyArray<number>): number =>
  meanOf(values.slice(-Math.max(1, Math.floor(values.length / 10))))
