import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { lift, makeCatalogue, nearest } from "../../../../src/runtime/environment/navigator/Catalogue.ts"
import type { Catalogue } from "../../../../src/runtime/environment/navigator/Catalogue.ts"
import {
  encoderDefaults,
  initialParameters,
  openEncoder,
  sizesOf
} from "../../../../src/runtime/environment/navigator/Encoder.ts"
import { draw, indexOf, normalised } from "../../../../src/runtime/environment/navigator/Sprites.ts"
import { makeRandom } from "../../../../src/runtime/random/Random.ts"
import { openOn } from "../../engine/Engines.ts"

/** Five items on a line of the map, and far from each other in the latents. */
const five: Catalogue = {
  count: 5,
  factors: new Int32Array(25),
  normalised: new Float64Array(25),
  dimensions: 3,
  latents: Float64Array.of(0, 0, 0, 5, 0, 0, 0, 5, 0, 5, 0, 1, 0, 0, 5),
  map: Float64Array.of(0, 0, 1, 0, 2, 0, 3, 0, 4, 0)
}

describe("a place on the map", () => {
  it("is the item nearest to it, the first of several", () => {
    assert.strictEqual(nearest(five, [1.4, 0.3]), 1)
    assert.strictEqual(nearest(five, [-7, 2]), 0)
    assert.strictEqual(nearest(five, [2.5, 0]), 2)
  })

  it("near an anchor is, of the items near it, the one most like the anchor", () => {
    // items 1 and 3 have latents 1 apart; 2 is nearer on the map
    assert.strictEqual(lift(five, [2.2, 0], 3, 3), 3)
    assert.strictEqual(lift(five, [1.2, 0], 3, 3), 1)
    assert.strictEqual(lift(five, [2.2, 0], 3, 1), 2)
    // all items are near
    for (const anchor of [0, 1, 2, 3, 4]) assert.strictEqual(lift(five, [9, 9], anchor), anchor)
  })
})

describe("a catalogue", () => {
  const random = makeRandom(21)
  const settings = { ...encoderDefaults, pool: 50, latents: 5, batch: 32, updates: 1, heldOut: 64 }
  const parameters = initialParameters(sizesOf(settings), random, "stage")

  const make = Effect.fnUntraced(function* () {
    const session = yield* openOn("onnx")
    const encoder = yield* openEncoder({ session, settings, parameters, random, stage: "stage" })
    const made = yield* makeCatalogue({
      encoder,
      random,
      stage: "stage",
      count: 70,
      projection: { updates: 40 }
    })
    return { ...made, encoder }
  })

  it.effect("holds different sprites, their active latents in standard deviations, and a map of unit deviations", () =>
    Effect.gen(function* () {
      const { catalogue, encoder } = yield* make()
      const { count, dimensions, factors, latents, map } = catalogue
      assert.strictEqual(count, 70)
      assert.isAbove(dimensions, 0)
      assert.strictEqual(dimensions, encoder.active.length)
      const tuple = (i: number) => factors.subarray(5 * i, 5 * i + 5)
      assert.strictEqual(new Set(Array.from({ length: count }, (_, i) => indexOf(tuple(i)))).size, 70)
      for (const i of [0, 33, 69]) {
        assert.deepStrictEqual(catalogue.normalised.slice(5 * i, 5 * i + 5), normalised(tuple(i)))
        const means = yield* encoder.encode(draw(tuple(i), 32))
        encoder.active.forEach((j, k) =>
          assert.strictEqual(latents[i * dimensions + k], (means[j] ?? NaN) / (encoder.deviations[j] ?? NaN))
        )
      }
      for (const axis of [0, 1]) {
        const places = Array.from({ length: count }, (_, i) => map[2 * i + axis] ?? NaN)
        const centre = places.reduce((a, b) => a + b, 0) / count
        assert.closeTo(places.reduce((total, y) => total + (y - centre) ** 2, 0) / count, 1, 1e-12)
      }
      // an item is found where it is
      for (const i of [0, 33, 69]) {
        const place = map.subarray(2 * i, 2 * i + 2)
        assert.strictEqual(nearest(catalogue, place), i)
        assert.strictEqual(lift(catalogue, place, i), i)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("is the same every time", () =>
    Effect.gen(function* () {
      const first = yield* make()
      assert.deepStrictEqual((yield* make()).catalogue, first.catalogue)
    }).pipe(Effect.scoped)
  )
})
