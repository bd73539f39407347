import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { HostTensor } from "../../../../src/runtime/engine/Engine.ts"
import {
  adamInputs,
  autoencode,
  betaAt,
  crossEntropy,
  divergence,
  effectiveBeta,
  encoderDefaults,
  entropyOf,
  fitEncoder,
  initialParameters,
  layoutOf,
  linearR2,
  losses,
  mutualInformationGap,
  openEncoder,
  rateAt,
  sizesOf,
  updateGraph
} from "../../../../src/runtime/environment/navigator/Encoder.ts"
import type { EncoderSettings, FitProgress, Snapshot } from "../../../../src/runtime/environment/navigator/Encoder.ts"
import { drawAll, render } from "../../../../src/runtime/environment/navigator/Sprites.ts"
import { makeBuilder } from "../../../../src/runtime/graph/Build.ts"
import { gradients } from "../../../../src/runtime/graph/Differentiate.ts"
import { evaluate } from "../../../../src/runtime/graph/Evaluate.ts"
import * as G from "../../../../src/runtime/graph/Operations.ts"
import { fromRows, matrix } from "../../../../src/runtime/measure/estimator/linear/Matrix.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"
import { bitsOf, filled, numbers, openOn } from "../../engine/Engines.ts"
import { expectGradients } from "../../graph/finiteDifferences.ts"

const random = makeRandom(5)
const stage = "navigator"

const close = (actual: number | undefined, expected: number, tolerance = 1e-9) =>
  assert.closeTo(actual ?? NaN, expected, tolerance)

describe("settings", () => {
  it("beta is that of 64 x 64 pixels, and a quarter of it weighs as much at 32 x 32", () => {
    assert.strictEqual(effectiveBeta({ beta: 4, side: 64 }), 4)
    assert.strictEqual(effectiveBeta({ beta: 4, side: 32 }), 1)
    const settings = { beta: 4, side: 32, ramp: 500 } as const
    assert.deepStrictEqual(
      [0, 125, 500, 8999].map((update) => betaAt(settings, update)),
      [0, 0.25, 1, 1]
    )
    assert.strictEqual(betaAt({ ...settings, ramp: 0 }, 0), 1)
  })

  it("the step size is constant for seven tenths and a little more, then falls to 3 hundredths", () => {
    const at = (update: number) => rateAt({ rate: 1e-3, updates: 1000 }, update)
    close(at(0), 1e-3)
    close(at(709), 1e-3)
    close(at(850), 0.53e-3)
    close(at(1000), 0.03e-3)
  })
})

describe("the loss", () => {
  it("KL of a normal distribution from the standard one, by hand", () => {
    const g = makeBuilder()
    // (m^2 + v - 1 - ln v) / 2
    const kl = divergence(g.constant([0, 1, 0, -2], [4]), g.constant([0, 0, Math.log(4), Math.log(0.25)], [4]))
    const [found = []] = evaluate([kl], {})
    const expected = [0, 0.5, (3 - Math.log(4)) / 2, (4 - 0.75 + Math.log(4)) / 2]
    expected.forEach((value, i) => close(found[i], value, 1e-6))
  })

  it("cross entropy of grey and white pixels, by hand", () => {
    const g = makeBuilder()
    const [ln3, ln2] = [Math.log(3), Math.log(2)]
    // p = 3/4 for a pixel of 1/4; p = 1/2 for any; logits that overflow e^x
    const logits = g.constant([ln3, ln3, 0, 0, 1000, -1000], [3, 2])
    const targets = g.constant([0.25, 1, 0.5, 0, 1, 0.5], [3, 2])
    const [found = []] = evaluate([crossEntropy(logits, targets)], {})
    close(found[0], -0.25 * Math.log(0.75) - 0.75 * Math.log(0.25) - Math.log(0.75), 1e-6)
    close(found[1], 2 * ln2, 1e-6)
    close(found[2], 500, 1e-6)
  })

  it("entropy of images: what is left of the cross entropy of grey pixels is their divergence", () => {
    const quarter = 0.25 * Math.log(4) + 0.75 * Math.log(4 / 3)
    close(entropyOf(Uint8Array.of(0, 1, 2, 3, 4), 32), 2 * quarter + Math.log(2))
    assert.strictEqual(entropyOf(Uint8Array.of(0, 1, 1, 0), 64), 0)
    const g = makeBuilder()
    const [found = []] = evaluate([crossEntropy(g.constant([Math.log(3)], [1, 1]), g.constant([0.25], [1, 1]))], {})
    // KL(1/4 | 3/4) = ln 3 / 2
    close((found[0] ?? NaN) - entropyOf(Uint8Array.of(1), 32), Math.log(3) / 2, 1e-6)
  })
})

/** A network of 4 pixels that the interpreter can do. */
const tiny = { pixels: 4, widths: [3, 2], latents: 2 } as const
const tinyBatch = 3
const tinyFeeds = () => {
  const next = numbers(17)
  const parameters = Object.fromEntries(
    layoutOf(tiny).entries.map(({ name, shape }) => [`navigator.${name}`, Array.from(filled(shape, next))])
  )
  const images = [0, 0.25, 1, 0.5, 1, 1, 0, 0, 0.75, 0, 0.5, 1]
  return { ...parameters, images, noise: [0.3, -1.2, 0.8, 0.1, -0.5, 1.7] }
}

describe("the autoencoder", () => {
  it("has the gradients that differences give", () => {
    const g = makeBuilder()
    const images = g.input("images", [tinyBatch, 4])
    const { kl, reconstruction } = losses(autoencode(g, tiny, images, g.input("noise", [tinyBatch, 2])), images)
    const states = layoutOf(tiny).entries.map(({ name, shape }) => g.state(`navigator.${name}`, shape))
    expectGradients(G.add(reconstruction, G.mul(kl, 0.7)), states, tinyFeeds())
  })

  it("takes the steps of Adam as its authors write them", () => {
    const graph = updateGraph(tiny, tinyBatch)
    const { entries } = layoutOf(tiny)
    const names = Object.keys(graph.updates)
    const feeds: Record<string, ReadonlyArray<number>> = tinyFeeds()
    for (const { name, size } of entries)
      for (const kept of ["first", "second"]) feeds[`navigator.${name}.${kept}`] = Array.from({ length: size }, () => 0)
    // the textbook, from the gradient of the same loss
    const g = makeBuilder()
    const images = g.input("images", [tinyBatch, 4])
    const found = losses(autoencode(g, tiny, images, g.input("noise", [tinyBatch, 2])), images)
    const slopes = gradients(
      G.add(found.reconstruction, G.mul(found.kl, 0.5)),
      entries.map(({ name, shape }) => g.state(`navigator.${name}`, shape))
    )
    const textbook = entries.map(({ name }) => ({
      at: Float64Array.from(feeds[`navigator.${name}`] ?? []),
      m: feeds[`navigator.${name}.first`]?.map(() => 0) ?? [],
      v: feeds[`navigator.${name}.first`]?.map(() => 0) ?? []
    }))
    let moved = 0
    for (const t of [1, 2, 3]) {
      const gradient = evaluate(slopes, {
        ...feeds,
        ...Object.fromEntries(entries.map(({ name }, k) => [`navigator.${name}`, textbook[k]?.at ?? []]))
      })
      textbook.forEach(({ at, m, v }, k) =>
        gradient[k]?.forEach((slope, i) => {
          m[i] = 0.9 * (m[i] ?? NaN) + 0.1 * slope
          v[i] = 0.999 * (v[i] ?? NaN) + 0.001 * slope * slope
          const step = (0.01 * (m[i] / (1 - 0.9 ** t))) / (Math.sqrt(v[i] / (1 - 0.999 ** t)) + 1e-8)
          at[i] = (at[i] ?? NaN) - step
          moved = Math.max(moved, Math.abs(step))
        })
      )
      const { epsilon, rate } = adamInputs(0.01, t)
      const values = evaluate(
        names.map((name) => graph.updates[name]).filter((node) => node !== undefined),
        { ...feeds, beta: [0.5], rate: [rate], epsilon: [epsilon] }
      )
      names.forEach((name, k) => (feeds[name] = Array.from(values[k] ?? [])))
      // a first step is as long as the step size
      if (t === 1) close(moved, 0.01, 1e-6)
    }
    entries.forEach(({ name }, k) =>
      textbook[k]?.at.forEach((value, i) => close(feeds[`navigator.${name}`]?.[i], value, 1e-7))
    )
  })

  it("begins with Glorot's variances, dark images and no other bias", () => {
    const parameters = initialParameters(sizesOf({ side: 32, latents: 16 }), random, stage)
    assert.strictEqual(
      Object.values(parameters).reduce((total, { data }) => total + data.length, 0),
      597_792
    )
    const data = (name: string) => parameters[name]?.data ?? new Float32Array(0)
    const variance = data("encoder.first.weight").reduce((total, x) => total + x * x, 0) / (1024 * 256)
    close(variance, 2 / 1280, 2e-5)
    assert.isTrue(data("decoder.output.bias").every((x) => x === -3))
    assert.isTrue(data("encoder.mean.bias").every((x) => x === 0))
  })
})

const small: EncoderSettings = {
  ...encoderDefaults,
  pool: 200,
  latents: 4,
  updates: 120,
  batch: 16,
  ramp: 50,
  heldOut: 150
}

const fit = Effect.fnUntraced(function* (from?: Snapshot, settings = small, until = settings.updates) {
  const session = yield* openOn("onnx")
  const reports: Array<Omit<FitProgress, "snapshot">> = []
  const snapshots: Array<Snapshot> = []
  const encoder = yield* fitEncoder({
    session,
    settings,
    random,
    stage,
    until,
    every: 60,
    ...(from === undefined ? {} : { from }),
    report: ({ snapshot, ...report }) =>
      Effect.map(snapshot, (taken) => {
        reports.push(report)
        snapshots.push(taken)
      })
  })
  return { encoder, reports, session, snapshots }
})

const bits = (tensors: Readonly<Record<string, HostTensor>>) =>
  bitsOf(Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data])))

describe("a small training", () => {
  it.effect("learns, gives the same bits every time, and the same from a snapshot on", () =>
    Effect.gen(function* () {
      const first = yield* fit()
      assert.deepStrictEqual(
        first.reports.map(({ beta, update, updates }) => [update, updates, beta]),
        [
          [60, 120, 1],
          [120, 120, 1]
        ]
      )
      const [early, late] = first.reports
      assert.isBelow(late?.excess ?? NaN, 0.5 * (early?.excess ?? NaN))
      // below what the same dark image for all would cost, and not as good as no image could be
      assert.isAbove(late?.excess ?? NaN, 0)
      close(late?.rate, 1e-3 * (1 / 120 / 0.3 + 0.03))

      const again = yield* fit(undefined, small, 60)
      const [halfway, end] = first.snapshots
      assert.deepStrictEqual(again.reports, first.reports.slice(0, 1))
      assert.strictEqual(bits(again.snapshots[0]?.tensors ?? {}), bits(halfway?.tensors ?? {}))

      assert.strictEqual(halfway?.update, 60)
      assert.notStrictEqual(bits(halfway?.tensors ?? {}), bits(end?.tensors ?? {}))
      const resumed = yield* fit(halfway)
      assert.deepStrictEqual(
        resumed.reports.map(({ update }) => update),
        [120]
      )
      assert.strictEqual(bits(resumed.snapshots[0]?.tensors ?? {}), bits(end?.tensors ?? {}))
      assert.deepStrictEqual(resumed.reports[0], late)
      assert.deepStrictEqual(resumed.encoder.measures, first.encoder.measures)

      // an encoder is its parameters
      const opened = yield* openEncoder({
        session: yield* openOn("onnx"),
        settings: small,
        parameters: first.encoder.parameters,
        random,
        stage
      })
      assert.deepStrictEqual(opened.measures, first.encoder.measures)
      assert.deepStrictEqual(opened.active, first.encoder.active)
      assert.deepStrictEqual(
        Object.keys(opened.parameters),
        layoutOf(sizesOf(small)).entries.map(({ name }) => name)
      )
    }).pipe(Effect.scoped)
  )

  it.effect("ends where a loss is not finite, and says where", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(fit(undefined, { ...small, rate: 1e30 }))
      assert.strictEqual(error._tag, "Diverged")
      assert.match(error.message, /navigator: (reconstruction|kl) became (NaN|Infinity|-Infinity) at update 1;/)
    }).pipe(Effect.scoped)
  )
})

describe("an encoder", () => {
  const factors = Int32Array.from(
    { length: 5 * 21 },
    (_, i) => [i % 3, i % 6, i % 40, i % 32, (7 * i) % 32][i % 5] ?? 0
  )

  it.effect("gives every image its own mean, whatever is beside it, of counts and of brightnesses", () =>
    Effect.gen(function* () {
      const settings = { ...small, updates: 1 }
      const parameters = initialParameters(sizesOf(settings), random, stage)
      const encoder = yield* openEncoder({ session: yield* openOn("onnx"), settings, parameters, random, stage })
      // 21 images are two minibatches of 16
      const images = drawAll(factors, 32)
      const means = yield* encoder.encode(images)
      assert.strictEqual(means.length, 21 * 4)
      for (const i of [0, 15, 16, 20]) {
        const alone = yield* encoder.encode(render(factors.subarray(5 * i, 5 * i + 5), 32))
        assert.deepStrictEqual(Array.from(alone), Array.from(means.subarray(4 * i, 4 * i + 4)))
      }
      assert.strictEqual((yield* encoder.encode(new Uint8Array(0))).length, 0)
      // the mean of one image by hand
      const value = (name: string) => parameters[name]?.data ?? new Float32Array(0)
      const dense = (x: ReadonlyArray<number>, name: string, width: number) =>
        Array.from({ length: width }, (_, j) =>
          x.reduce((total, xi, i) => total + xi * (value(`${name}.weight`)[i * width + j] ?? NaN), 0)
        )
      const relu = (x: ReadonlyArray<number>) => x.map((xi) => Math.max(0, xi))
      const image = Array.from(render(factors.subarray(0, 5), 32))
      const expected = dense(
        relu(dense(relu(dense(image, "encoder.first", 256)), "encoder.second", 128)),
        "encoder.mean",
        4
      )
      expected.forEach((mean, j) => close(means[j], mean, 1e-5))
    }).pipe(Effect.scoped)
  )
})

describe("linear R2", () => {
  const next = numbers(23)
  const x = matrix(200, 2, filled([200, 2], next))

  it("is 1 of what is linear and about 0 of what has nothing to do with it", () => {
    const linear = matrix(
      200,
      1,
      Array.from({ length: 200 }, (_, i) => 3 + 2 * (x.data[2 * i] ?? NaN) - (x.data[2 * i + 1] ?? NaN))
    )
    close(linearR2(x, linear), 1, 1e-9)
    assert.isBelow(Math.abs(linearR2(x, matrix(200, 1, filled([200, 1], next)))), 0.1)
  })

  it("is undefined without latents and of a constant", () => {
    assert.isNaN(linearR2(matrix(200, 0, []), x))
    assert.isNaN(linearR2(x, matrix(200, 1, new Float64Array(200).fill(2))))
  })
})

describe("the mutual information gap", () => {
  const rows = (f: (i: number) => ReadonlyArray<number>) => fromRows(Array.from({ length: 100 }, (_, i) => f(i)))
  const factor = rows((i) => [i % 2])

  it("is 1 where one latent says all and the other nothing, 0 where both say all", () => {
    // the second latent is the same within each half of the even and of the odd items: I = 0, less Miller and Madow's 1/200
    const one = mutualInformationGap(
      rows((i) => [i % 2, Math.floor(i / 2) % 2]),
      factor,
      2
    )
    // I(first) = H; I(second) of a 2 x 2 table of 25 (or 26 and 24): H + H - H(joint) with corrections 1, 1 and 3 over 200
    const plugIn = (counts: ReadonlyArray<number>) => counts.reduce((h, n) => h - (n / 100) * Math.log(n / 100), 0)
    const entropy = Math.log(2) + 1 / 200
    const second = 2 * entropy - (plugIn([25, 25, 25, 25]) + 3 / 200)
    close(one, (entropy - second) / entropy, 1e-9)
    close(
      mutualInformationGap(
        rows((i) => [i % 2, -3 * (i % 2)]),
        factor,
        2
      ),
      0,
      1e-12
    )
  })

  it("leaves out latents that hardly move, and is undefined without any other", () => {
    close(
      mutualInformationGap(
        rows((i) => [i % 2, 0.09 * (i % 2)]),
        factor,
        2
      ),
      1,
      1e-9
    )
    assert.isNaN(
      mutualInformationGap(
        rows((i) => [0.09 * (i % 2), 0]),
        factor,
        2
      )
    )
    // a factor that is always the same has no entropy
    assert.isNaN(
      mutualInformationGap(
        rows((i) => [i % 2]),
        rows(() => [1]),
        2
      )
    )
  })
})
