/** What is measured in a round, in what order, and which figures are put over which. */
import { Effect } from "effect"
import type { BenchError } from "./Child.ts"
import type { Measure, Ratio } from "./Result.ts"
import { ratios, spread } from "./Spread.ts"

/** A figure that a turn gives. */
export interface Figure {
  readonly id: string
  readonly section: Measure["section"]
  readonly what: string
  readonly unit: string
  /** What it is to stay below. */
  readonly below?: number
  /** Only the last round's value counts: it is a peak since the process began. */
  readonly last?: true
}

/** One measurement, taken once in every round. Its values are named by the ends of `figures`' names. */
export interface Turn {
  readonly id: string
  readonly figures: ReadonlyArray<Figure>
  readonly measure: Effect.Effect<Readonly<Record<string, number>>, BenchError>
}

/** Figure `above` over figure `below`, by their names. */
export interface Comparison {
  readonly what: string
  readonly above: string
  readonly below: string
  /** Which way of the ratio is the better one, where there is one: such a ratio is held to what it was. */
  readonly better?: "more" | "less"
}

/**
 * Measures every turn once in each of `rounds` rounds: A B C, A B C, ... One at a time, unless `atOnce` asks for several: they disturb
 * each other, which only matters when somebody reads the figures.
 */
export const interleave = Effect.fnUntraced(function* (
  turns: ReadonlyArray<Turn>,
  options: {
    readonly rounds: number
    readonly atOnce: number
    readonly report: (round: number, turn: Turn) => void
  }
): Effect.fn.Return<ReadonlyMap<string, ReadonlyArray<number>>, BenchError> {
  const taken = new Map<string, Array<number>>()
  for (let round = 1; round <= options.rounds; round++) {
    const measured = yield* Effect.forEach(
      turns,
      (turn) => {
        options.report(round, turn)
        return Effect.map(turn.measure, (values) =>
          Object.entries(values).map(([name, x]) => [turn.id, name, x] as const)
        )
      },
      { concurrency: options.atOnce }
    )
    for (const [id, name, x] of measured.flat()) {
      taken.set(`${id}.${name}`, [...(taken.get(`${id}.${name}`) ?? []), x])
    }
  }
  return taken
})

/** The figures of all turns, in their order. */
export const measures = (
  turns: ReadonlyArray<Turn>,
  taken: ReadonlyMap<string, ReadonlyArray<number>>
): ReadonlyArray<Measure> =>
  turns.flatMap(({ figures }) =>
    figures.flatMap(({ below, id, last, section, unit, what }) => {
      const values = taken.get(id)
      if (values === undefined) return []
      const bar = below === undefined ? {} : { below }
      return [{ id, section, what, unit, ...bar, ...spread(last === true ? values.slice(-1) : values) }]
    })
  )

/** The comparisons of which both sides were measured. */
export const compare = (
  comparisons: ReadonlyArray<Comparison>,
  taken: ReadonlyMap<string, ReadonlyArray<number>>
): ReadonlyArray<Ratio> =>
  comparisons.flatMap(({ above, below, better, what }) => {
    const upper = taken.get(above)
    const lower = taken.get(below)
    return upper === undefined || lower === undefined
      ? []
      : [{ what, above, below, ...(better === undefined ? {} : { better }), ...ratios(upper, lower) }]
  })
