import { describe, expect, it } from "vitest"
import { adaptation, convergence, gain, teaching, transfer } from "../../../src/runtime/measure/AdaptationMeasures.ts"
import { knowledgeTransfer } from "../../../src/runtime/measure/estimator/KnowledgeTransfer.ts"
import { fromRows, matrix, zeros } from "../../../src/runtime/measure/estimator/linear/Matrix.ts"
import type { Trace } from "../../../src/runtime/play/Trace.ts"
import { makeRandom } from "../../../src/runtime/random/Random.ts"
import { numbers } from "../engine/Engines.ts"
import { draws } from "./estimator/Data.ts"

const random = makeRandom(1)

describe("adaptation", () => {
  const even = [0.5, 0.5]
  const sure = [1, 0]

  it("is the mean divergence of each side over steps, and the geometric mean of both", () => {
    // J of (1/2, 1/2) and (1, 0) is 0.3112781244591328 (scipy)
    const human = { before: fromRows([even, even, even, even]), after: fromRows([even, sure, even, sure]) }
    const ai = { before: fromRows([even, even, even, even]), after: fromRows([sure, sure, sure, sure]) }
    const found = adaptation({ human, ai, episode: [0, 0, 1, 1], random })
    expect(found.human.mean).toBeCloseTo(0.1556390622295664, 12)
    expect(found.ai.mean).toBeCloseTo(0.3112781244591328, 12)
    expect(found.mutual.mean).toBeCloseTo(Math.sqrt(0.1556390622295664 * 0.3112781244591328), 12)
    expect(found.mutual.n).toBe(2)
    // both episodes have the same mean: no resample differs
    expect([found.human.low, found.human.high]).toEqual([found.human.mean, found.human.mean])
  })

  it("of a frozen side is 0, and mutual with it", () => {
    const frozen = { before: fromRows([even, sure]), after: fromRows([even, sure]) }
    const moved = { before: fromRows([even, even]), after: fromRows([sure, sure]) }
    const found = adaptation({ human: frozen, ai: moved, episode: [0, 1], random })
    expect([found.human.mean, found.mutual.mean]).toEqual([0, 0])
    expect(found.ai.mean).toBeGreaterThan(0.3)
  })

  it("is undefined without steps", () => {
    const none = { before: zeros(0, 2), after: zeros(0, 2) }
    expect(adaptation({ human: none, ai: none, episode: [], random }).mutual.mean).toBeNaN()
  })

  it("weighs episodes by their steps when it resamples", () => {
    const rows = 40
    const side = (share: number) => ({
      before: fromRows(Array.from({ length: rows }, () => even)),
      after: fromRows(Array.from({ length: rows }, (_, i) => (i % 4 < share ? sure : even)))
    })
    const episode = Array.from({ length: rows }, (_, i) => Math.floor(i / 4))
    const { human } = adaptation({ human: side(1), ai: side(2), episode, random })
    expect(human.mean).toBeCloseTo(0.3112781244591328 / 4, 12)
    expect(human.low).toBeCloseTo(human.mean, 12)
  })
})

describe("gain", () => {
  it("is the mean difference on the same episodes", () => {
    const found = gain(Uint8Array.of(1, 1, 0, 1), Uint8Array.of(0, 1, 0, 0))
    expect(found.mean).toBe(0.5)
    // differences 1, 0, 0, 1: s^2 = 1/3
    expect(found.high - found.mean).toBeCloseTo((1.959963984540054 * Math.sqrt(1 / 3)) / 2, 12)
    expect(found.n).toBe(4)
  })

  it("of what did not change is 0 for certain", () => {
    const same = Uint8Array.of(1, 0, 1)
    expect(gain(same, same)).toEqual({ mean: 0, low: 0, high: 0, n: 3 })
  })
})

const traceOf = (columns: Partial<Trace>): Trace => ({
  rows: columns.episode?.length ?? 0,
  episodes: 0,
  episode: new Int32Array(0),
  t: new Int32Array(0),
  intent: new Int32Array(0),
  row: new Int32Array(0),
  token: new Int32Array(0),
  heard: new Int32Array(0),
  message: new Int32Array(0),
  advice: new Int32Array(0),
  action: new Int32Array(0),
  entropy: new Float32Array(0),
  collided: new Uint8Array(0),
  advanced: new Uint8Array(0),
  x: new Int32Array(0),
  y: new Int32Array(0),
  heading: new Int32Array(0),
  ahead: new Uint8Array(0),
  best: new Int32Array(0),
  optimal: new Int32Array(0),
  scenes: [],
  others: [],
  inputs: {
    rows: 0,
    speaker: new Float32Array(0),
    speakerPrior: new Float32Array(0),
    actor: new Float32Array(0),
    context: new Float32Array(0)
  },
  ...columns
})

describe("convergence", () => {
  const next = numbers(3)
  const rows = 240
  const pick = (n: number) => Int32Array.from({ length: rows }, () => Math.floor(((next() + 1) / 2) * n))
  const intent = pick(4)
  const trace = traceOf({
    episodes: 12,
    episode: Int32Array.from({ length: rows }, (_, i) => Math.floor(i / 20)),
    intent,
    row: Int32Array.from(intent, (a, i) => (i % 3) * 4 + a),
    heading: Int32Array.from(intent, (a, i) => (i % 4 === 0 ? (a + 1) % 4 : a)),
    advanced: Uint8Array.from(intent, (_, i) => (i % 5 === 0 ? 0 : 1))
  })
  const table = (seed: number) => {
    const draw = numbers(seed)
    return fromRows(
      Array.from({ length: 16 }, () => {
        const p = Array.from({ length: 3 }, () => draw() + 1.1)
        const sum = p.reduce((a, b) => a + b)
        return p.map((x) => x / sum)
      })
    )
  }

  /** A guide whose intents are answered at once, one episode, by headings (4 is no answer: the AI does not move). */
  const answered = (intents: ArrayLike<number>, replies: ArrayLike<number>, rowOf: (step: number) => number) => {
    // three steps an intent: the reply comes at the first of them or not at all
    const steps = 3 * intents.length
    const step = (of: (i: number) => number) => Int32Array.from({ length: steps }, (_, k) => of(Math.floor(k / 3)))
    return traceOf({
      episodes: intents.length,
      episode: step((i) => i),
      intent: step((i) => intents[i] ?? -1),
      row: step(rowOf),
      heading: step((i) => Math.min(3, replies[i] ?? 0)),
      advanced: Uint8Array.from(step((i) => (replies[i] === 4 ? 0 : 1)))
    })
  }
  const same = fromRows([
    [0.9, 0.1],
    [0.2, 0.8]
  ])

  it("agrees with numpy on what the intent decides", () => {
    // twelve pairs, each seen three times: Miller-Madow I / H with 36 observations
    const pairs = answered([0, 0, 1, 1, 2, 2, 3, 3, 0, 1, 2, 3], [0, 0, 1, 1, 2, 2, 3, 4, 1, 1, 4, 3], (i) => i % 2)
    const found = convergence({ trace: pairs, intents: 4, final: same, late: same, random })
    expect(found.use.mean).toBeCloseTo(0.7683778831204842, 12)
    expect(found.stability.mean).toBe(1)
    expect(found.convergence.mean).toBeCloseTo(0.7683778831204842, 12)
  })

  it("is lowered by a table that still changes, as often as that is used", () => {
    const drawn = draws(400, 4, 1)
    const earlier = fromRows([
      [0.9, 0.1],
      [1, 0]
    ])
    const final = fromRows([
      [0.9, 0.1],
      [0, 1]
    ])
    // the row that turned round is used in one step of four
    const moving = answered(drawn, drawn, (i) => (i % 4 === 0 ? 1 : 0))
    const found = convergence({ trace: moving, intents: 4, final, late: earlier, random })
    expect(found.use.mean).toBeCloseTo(1, 2)
    expect(found.stability.mean).toBe(0.75)
    expect(found.convergence.mean).toBe(found.use.mean * 0.75)
  })

  it("is near 0 for answers that do not depend on the intent, and undefined for a constant intent", () => {
    const unheard = answered(draws(4000, 4, 1), draws(4000, 5, 2), () => 0)
    expect(convergence({ trace: unheard, intents: 4, final: same, late: same, random }).use.mean).toBeLessThan(0.005)
    const constant = answered(new Int32Array(50), draws(50, 5, 1), () => 0)
    const found = convergence({ trace: constant, intents: 4, final: same, late: same, random })
    expect([found.use.mean, found.convergence.mean]).toEqual([NaN, NaN])
    expect(found.stability.mean).toBe(1)
  })

  it("has an interval over episodes", () => {
    const [final, late] = [table(1), table(2)]
    const found = convergence({ trace, intents: 4, final, late, random })
    expect(found.use.mean).toBeGreaterThan(0.1)
    expect(found.use.low).toBeLessThan(found.use.mean)
    expect(found.stability.low).toBeLessThan(found.stability.mean)
  })

  it("has no stability without earlier weights, and is undefined then; where nobody guides there is no use either", () => {
    const found = convergence({ trace, intents: 4, final: table(1), late: undefined, random })
    expect(found.use.mean).toBeGreaterThan(0)
    expect(found.stability.mean).toBeNaN()
    expect(found.convergence.mean).toBeNaN()
    const alone = { ...trace, intent: new Int32Array(rows).fill(-1) }
    expect(convergence({ trace: alone, intents: 4, final: table(1), late: table(1), random }).use.mean).toBeNaN()
  })
})

describe("teaching", () => {
  it("is the share of pairs that advice won, ties half, and n counts pairs", () => {
    const branches = { episodes: 2, episode: [0, 0, 1, 1], treated: [1, 2, 3, 5], control: [1, 1, 4, 4] }
    const found = teaching(branches, random)
    // a tie, a win, a loss, a win
    expect(found.mean).toBe(0.625)
    expect(found.n).toBe(4)
  })

  it("is undefined without branches, or where a return is", () => {
    expect(teaching(undefined, random).mean).toBeNaN()
    expect(teaching({ episodes: 2, episode: [0, 1], treated: [1, NaN], control: [0, 0] }, random).mean).toBeNaN()
  })
})

describe("transfer", () => {
  const next = numbers(9)
  const episodes = 30
  const n = episodes * 8
  const episode = Int32Array.from({ length: n }, (_, i) => Math.floor(i / 8))
  const best = Int32Array.from({ length: n }, () => Math.floor(((next() + 1) / 2) * 4))
  const full = matrix(
    n,
    4,
    Array.from({ length: n * 4 }, (_, i) => (best[Math.floor(i / 4)] === i % 4 ? 1 : 0))
  )
  const deaf = matrix(
    n,
    2,
    Array.from({ length: n * 2 }, () => next())
  )
  // every other step the message tells the direction
  const heard = matrix(
    n,
    6,
    Array.from({ length: n }, (_, i) => [
      deaf.data[2 * i] ?? 0,
      deaf.data[2 * i + 1] ?? 0,
      ...Array.from({ length: 4 }, (_, k) => (i % 2 === 0 && best[i] === k ? 1 : 0))
    ]).flat()
  )

  it("is what the estimator gives, with an interval over the held-out episodes", () => {
    const expected = knowledgeTransfer({ heard, deaf, full, best, episode })
    const found = transfer({ heard, deaf, full, best, episode, random })
    expect(found.mean).toBeCloseTo(expected.share, 12)
    expect(found.mean).toBeGreaterThan(0.3)
    expect(found.mean).toBeLessThan(0.8)
    expect(found.low).toBeLessThan(found.mean)
    expect(found.high).toBeGreaterThan(found.mean)
  })

  it("is undefined where the guide knows no more", () => {
    expect(transfer({ heard, deaf: full, full, best, episode, random }).mean).toBeNaN()
  })
})
