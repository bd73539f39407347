import { execFileSync } from "node:child_process"
import { expect, it } from "vitest"

const module = new URL("../../../src/runtime/engine/YoungGeneration.ts", import.meta.url).href

/** Makes garbage of which some survives, as programs do, and says how many MiB the young generation has then. */
const program = (between: string) => `
  import v8 from "node:v8"
  import { shrink } from ${JSON.stringify(module)}
  const kept = []
  const work = () => {
    for (let i = 0; i < 2e6; i++) if (i % 8 === 0) kept.push({ i }); else ({ i })
    if (kept.length > 1e6) kept.length = 0
    return v8.getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size / 2 ** 20
  }
  work()
  const before = work()
  ${between}
  work()
  console.log(JSON.stringify([before, work()]))
`
const sizes = (between: string): readonly [number, number] =>
  JSON.parse(execFileSync(process.execPath, ["--input-type=module", "--eval", program(between)], { encoding: "utf8" }))

it("has grown, shrinks, and stays small, where it would else stay large", () => {
  const [grown, small] = sizes("shrink()")
  expect(grown).toBeGreaterThanOrEqual(16)
  expect(small).toBeLessThanOrEqual(2)
  expect(sizes("")[1]).toBeGreaterThanOrEqual(16)
})
