import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Fs from "node:fs"
import { documentPath, figuresOf, resultPath, withFigures } from "../../bench/Document.ts"
import { compare, interleave, measures } from "../../bench/Plan.ts"
import type { Turn } from "../../bench/Plan.ts"
import type { Result } from "../../bench/Result.ts"
import { decode } from "../../bench/Result.ts"
import { median, ratios, spread } from "../../bench/Spread.ts"
import { figure, markdown, plain } from "../../bench/Table.ts"

/** Two turns with given values per round; `order` collects who was measured when. */
const turns = (order: Array<string>): ReadonlyArray<Turn> => {
  const turn = (id: string, values: ReadonlyArray<number>): Turn => {
    let round = 0
    return {
      id,
      figures: [
        { id: `${id}.speed`, section: "Training", what: `${id} speed`, unit: "steps" },
        { id: `${id}.peak`, section: "Memory", what: `${id} peak`, unit: "MiB", last: true }
      ],
      measure: Effect.sync(() => {
        order.push(id)
        const speed = values[round++] ?? Number.NaN
        return { speed, peak: 100 + round }
      })
    }
  }
  return [turn("a", [10, 40, 20]), turn("b", [5, 10, 20])]
}

const result = (rounds: number): Effect.Effect<Result, unknown> =>
  Effect.gen(function* () {
    const all = turns([])
    const taken = yield* interleave(all, { rounds, atOnce: 1, report: () => undefined })
    return {
      format: "bica-bench/1",
      began: "2026-01-02T03:04:05.000Z",
      quick: false,
      rounds,
      machine: {
        platform: "linux-x64",
        processor: "A processor",
        cores: 2,
        instructions: "x64-avx2",
        memory: 4096,
        loadBefore: 0.25
      },
      engine: { name: "onnx", version: "onnxruntime-node 1", numericClass: "class", device: "A processor", threads: 1 },
      versions: { bica: "0.1.0" },
      configuration: {
        environments: 128,
        steps: 16,
        epochs: 2,
        minibatches: 2,
        hidden: [64],
        block: 59,
        warmUp: 20,
        episodes: 2000
      },
      measures: measures(all, taken),
      ratios: compare(
        [
          { what: "a / b", above: "a.speed", below: "b.speed" },
          { what: "a / nothing", above: "a.speed", below: "c.speed" }
        ],
        taken
      )
    }
  })

describe("figures", () => {
  it("the median of an odd number is the middle one, of an even number the mean of the middle two", () => {
    assert.strictEqual(median([9, 1, 4]), 4)
    assert.strictEqual(median([9, 1, 4, 5]), 4.5)
    assert.isNaN(median([]))
    assert.deepStrictEqual(spread([3, 1, 2]), { median: 2, minimum: 1, maximum: 3, values: [3, 1, 2] })
  })

  it("ratios are taken within a round: a machine that slows both down changes none", () => {
    assert.deepStrictEqual(ratios([10, 1, 30], [5, 0.5, 15]).values, [2, 2, 2])
  })

  it.effect("turns alternate, ratios are of neighbours, and of a peak only the last counts", () =>
    Effect.gen(function* () {
      const order: Array<string> = []
      const all = turns(order)
      const taken = yield* interleave(all, { rounds: 3, atOnce: 1, report: () => undefined })
      assert.deepStrictEqual(order, ["a", "b", "a", "b", "a", "b"])
      assert.deepStrictEqual(
        measures(all, taken).map(({ id, maximum, median, minimum }) => [id, median, minimum, maximum]),
        [
          ["a.speed", 20, 10, 40],
          ["a.peak", 103, 103, 103],
          ["b.speed", 10, 5, 20],
          ["b.peak", 103, 103, 103]
        ]
      )
      // 10/5, 40/10, 20/20; the ratio of the medians would be 2 as well, its range would not
      const compared = yield* result(3)
      assert.deepStrictEqual(
        compared.ratios.map(({ maximum, median, minimum, what }) => [what, median, minimum, maximum]),
        [["a / b", 2, 1, 4]]
      )
    })
  )

  it("three digits count, thousands are grouped", () => {
    const written = [0, 0.04381, 0.4381, 13.64, 176.4, 999.6, 2654, 48_149, 1_234_567].map(figure)
    assert.deepStrictEqual(written, ["0", "0.0438", "0.438", "13.6", "176", "1,000", "2,650", "48,100", "1,230,000"])
  })
})

describe("tables", () => {
  it.effect("a row has the median, the range over the rounds and the unit", () =>
    Effect.gen(function* () {
      const lines = markdown(yield* result(3)).split("\n")
      assert.include(lines, "| a speed | 20.0 | 10.0 .. 40.0 | steps |")
      assert.include(lines, "| a peak | 103 |  | MiB |")
      assert.include(lines, "| a / b | 2.00 | 1.00 .. 4.00 |  |")
      assert.include(plain(yield* result(3)), "load 0.25 before the bench began")
    })
  )

  it.effect("a figure that is to stay below a bar says so, and one of a result without bars does not", () =>
    Effect.gen(function* () {
      const [turn] = turns([])
      if (turn === undefined) return assert.fail("there is a turn")
      const figures = turn.figures.map((one) => ({ ...one, below: 1500 }))
      const barred = measures([{ ...turn, figures }], new Map([["a.speed", [10]]]))
      const whole = yield* decode(JSON.stringify({ ...(yield* result(1)), measures: barred }))
      assert.include(markdown(whole).split("\n"), "| a speed (to stay below 1,500 steps) | 10.0 |  | steps |")
      assert.notInclude(markdown(yield* result(1)), "to stay below")
    })
  )

  it.effect("of one round no range is shown", () =>
    Effect.gen(function* () {
      assert.include(markdown(yield* result(1)).split("\n"), "| a speed | 10.0 |  | steps |")
    })
  )

  it.effect("a result survives its file", () =>
    Effect.gen(function* () {
      const whole = yield* result(3)
      assert.deepStrictEqual(yield* decode(JSON.stringify(whole)), whole)
    })
  )
})

describe("docs/performance.md", () => {
  it("figures replace what stood between the markers, and nothing else", () => {
    const document = Fs.readFileSync(documentPath, "utf8")
    const once = withFigures(document, "some\nfigures")
    assert.isDefined(once)
    assert.include(once ?? "", "\n\nsome\nfigures\n\n")
    assert.notInclude(withFigures(once ?? "", "others") ?? "", "some\nfigures")
    assert.strictEqual(withFigures(once ?? "", "others"), withFigures(document, "others"))
    assert.isUndefined(withFigures("a page without markers", "figures"))
  })

  it.effect("shows exactly what bench/result.json says", () =>
    Effect.gen(function* () {
      const published = Fs.existsSync(resultPath) ? yield* decode(Fs.readFileSync(resultPath, "utf8")) : undefined
      assert.isFalse(published?.quick ?? false)
      const document = Fs.readFileSync(documentPath, "utf8")
      assert.strictEqual(document, withFigures(document, figuresOf(published)))
    })
  )
})
