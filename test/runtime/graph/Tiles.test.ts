import { describe, expect, it } from "vitest"
import { makeBuilder } from "../../../src/runtime/graph/Build.ts"
import { evaluate } from "../../../src/runtime/graph/Evaluate.ts"
import { concat, tanh } from "../../../src/runtime/graph/Operations.ts"
import { byTiles, tiles } from "../../../src/runtime/graph/Tiles.ts"

describe("tiles", () => {
  it("take as many whole steps together as stay within 512 rows", () => {
    expect(tiles(16, 64)).toEqual([
      { from: 0, to: 512 },
      { from: 512, to: 1024 }
    ])
    expect(tiles(6, 100)).toEqual([
      { from: 0, to: 500 },
      { from: 500, to: 600 }
    ])
    expect(tiles(3, 2048)).toEqual([
      { from: 0, to: 2048 },
      { from: 2048, to: 4096 },
      { from: 4096, to: 6144 }
    ])
    expect(tiles(1, 3)).toEqual([{ from: 0, to: 3 }])
  })

  it("leave a row-wise computation as it was", () => {
    const b = makeBuilder()
    const x = b.input("x", [900, 2])
    const values = Array.from({ length: 1800 }, (_, i) => Math.sin(i))
    const tiled = byTiles(x, 100, tanh)
    expect(tiled.map((tile) => tile.shape)).toEqual([
      [500, 2],
      [400, 2]
    ])
    const [whole, parts] = evaluate([tanh(x), concat(tiled, 0)], { x: values })
    expect(parts).toEqual(whole)
  })
})
