/** Modules of the user's own: refused unless they are allowed, typed by what they declare, and named by their digest. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Workplace } from "./Workplace.ts"
import { fixture, makeWorkplace } from "./Workplace.ts"

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "tutorials", "your-own-loss-term.md"), "utf8")
const [, terms = ""] = /```ts\n([\s\S]*?)```/.exec(page) ?? []
const traced = `import { writeFileSync } from "node:fs"\nwriteFileSync("ran.txt", "ran")\n${terms}`

const file = fixture("tiny.bica")
  .replace("use std.ppo", 'use std.ppo\nuse "./terms.ts" as mine')
  .replace(
    /objective (\w+) *= ppo\(ai\)/,
    "term odd = mean(mine.energy(ai.latent))\nobjective $1 = ppo(ai) + 0.01 * odd"
  )

let place: Workplace
beforeAll(() => {
  place = makeWorkplace()
  place.write("own.bica", file)
})
afterAll(() => place.remove())

describe("code", () => {
  it("is named and not run without permission", async () => {
    place.write("terms.ts", traced)
    const said = await place.bica("check", "own.bica")
    expect(said.code).toBe(2)
    expect(said.err).toContain("BICA2016")
    expect(said.err).toContain("`./terms.ts` is code, and no code is run unless it is allowed.")
    expect(said.err).toContain("own.bica: 1 error\n")
    expect(() => place.read("ran.txt")).toThrow()
  })

  it("that imports more than the runtime is not run with permission either", async () => {
    const said = await place.bica("check", "own.bica", "--allow-code")
    expect(said.code).toBe(2)
    expect(said.err).toContain("it imports node:fs")
    expect(() => place.read("ran.txt")).toThrow()
  })

  it("is typed by its declaration, compiled by its name, and stands in the file's own words with its digest", () => {
    place.write("terms.ts", terms)
    const explained = place.started("explain", "own.bica", "--allow-code").out
    const digest = createHash("sha256").update(terms).digest("hex")
    expect(explained).toContain(`use "./terms.ts" as mine  // sha256 ${digest}`)
    expect(place.started("build", "own.bica", "--allow-code", "-o", "out").code).toBe(0)
    const compiled = place.read("out/own.ts")
    expect(compiled).toContain('import * as mine from "../terms.ts"')
    expect(compiled).toContain("mine.energy.build(ai.latent)")
    place.write(
      "wrong.bica",
      file.replace("mean(mine.energy(ai.latent))", "mean(mine.energy(ai.policy)) + mean(mine.enrgy(ai.latent))")
    )
    const wrong = place.started("check", "wrong.bica", "--allow-code").err
    expect(wrong).toContain("`mine.energy` takes a tensor there")
    expect(wrong).toContain("Did you mean `energy`?")
  }, 60_000)

  it("is trained, and changed code is another experiment", () => {
    const ran = place.started("run", "own.bica", "--allow-code")
    expect([ran.code, ran.err]).toEqual([0, ""])
    const run = ran.out.trimEnd().split("\n").at(-1) ?? ""
    const identity = place.read(`${run}/identity.json`)
    expect(identity).toContain(createHash("sha256").update(terms).digest("hex"))
    const before = place.started("plan", "own.bica", "--allow-code")
    place.write("terms.ts", terms.replace("0.5", "0.25"))
    const after = place.started("plan", "own.bica", "--allow-code")
    expect([before.code, after.code]).toEqual([0, 0])
    expect(after.out).not.toBe(before.out)
  }, 60_000)
})
