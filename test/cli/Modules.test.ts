/** A game and metrics that a module brings, from the file to the lock; and what is said where the module is not what it was. */
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Workplace } from "./Workplace.ts"
import { fixture, lastLine, makeWorkplace } from "./Workplace.ts"

const game = fixture("doors.ts")
const file = fixture("doors.bica")
const digest = createHash("sha256").update(game).digest("hex")

let place: Workplace
beforeAll(() => {
  place = makeWorkplace()
  place.write("doors.ts", game)
  place.write("doors.bica", file)
})
afterAll(() => place.remove())

/** What checking a file with a module says. */
const checked = async (name: string, text: string, module: string, ...words: ReadonlyArray<string>) => {
  place.write(`${name}.ts`, module)
  place.write(`${name}.bica`, text.replaceAll("doors.ts", `${name}.ts`))
  return place.bica("check", `${name}.bica`, ...words)
}

describe("a module that brings an environment and metrics", () => {
  it("is one finding without permission, and nothing of it is run", async () => {
    const traced = `${game}\nObject.assign(globalThis, { bicaRan: true })\n`
    const said = await checked("unread", file, traced)
    expect([said.code, said.err.match(/\[BICA\d+\]/g), Reflect.has(globalThis, "bicaRan")]).toEqual([
      2,
      ["[BICA2016]"],
      false
    ])
    expect((await checked("unread", file, traced, "--allow-code")).code).toBe(0)
    expect(Reflect.has(globalThis, "bicaRan")).toBe(true)
    Reflect.deleteProperty(globalThis, "bicaRan")
  })

  it("is checked like one of bica's own", async () => {
    const said = async (from: string, to: string) => {
      const { code, err } = await checked("wrong", file.replace(from, to), game, "--allow-code")
      expect(code).toBe(2)
      return err
    }
    expect(await said("doors.Doors {", "doors.Dors {")).toContain("Did you mean `doors.Doors`?")
    expect(await said("horizon  3 steps", "horizon  101 steps")).toContain("BICA3003")
    expect(await said("other -0.5", "othr -0.5")).toContain("Did you mean `other`?")
    expect(await said("honest(3)", "honset(3)")).toContain("Did you mean `honest`?")
    expect(await said("room.knower, room.guess", "room.knowr, room.guess")).toContain("Did you mean `room.knower`?")
    expect(await said("doors.trust", "doors.thrust")).toContain("Did you mean `doors.trust`?")
    // the guesser may not see what would make talking idle
    expect(await said("sees    last,", "sees    last, lucky,")).toMatch(/BICA(?:4011|5004)/)
    expect(await said("> 20 % ", "> 20 steps ")).toContain("BICA4003")
  })

  it("that breaks the contract of environments is refused, with what was found", async () => {
    const stays = game
      .replace("=== state[LUCKY] ? 1 : 0", "=== state[LUCKY] ? 1 : state[OPEN] ?? 0")
      .replace("open === 1 ? 0 : 1", "open === 1 ? 0 : 2")
    const said = await checked("broken", file, stays, "--allow-code")
    expect(said.err).toContain(
      "`Doors` breaks what is asked of an environment, that a choice is optimal where it shortens the best plan by one step"
    )
    const two = await checked("two", file, game.replace('kind: "speaks"', 'kind: "acts"'), "--allow-code")
    expect(two.err).toContain("`Doors` has 2 roles that act, and exactly one must")
    const shapeless = await checked("shapeless", file, game.replace("size: 2,", "size: 0,"), "--allow-code")
    expect(shapeless.err).toContain("what `Doors` says of itself is not what `Bica.CodeEnvironment.make` takes")
    const empty = await checked("empty", file, "export const nothing = 1\n", "--allow-code")
    expect(empty.err).toContain("it exports nothing that a file can use")
    const changed = async (name: string, from: string, to: string) =>
      (await checked(name, file, game.replace(from, to), "--allow-code")).err
    expect(await changed("mute", "teller: { means: ([lucky = 0]) => lucky", "teller: { means: () => 5")).toContain(
      "`Doors` breaks what is asked of an environment, that its hand-written players choose and say what there is: Doors: teller: teller means 5"
    )
    expect(await changed("ends", '"at_once"] },\n    { name: "guess"', '"at_onec"] },\n    { name: "guess"')).toContain(
      "`Doors` calls its oracle knower the ceiling of at_onec, which is neither a metric of bica for any environment nor one of the module (did you mean at_once?)"
    )
    expect(await changed("both", 'ceilingOf: ["mp",', 'ceilingOf: ["mp", "steps",')).toContain(
      "`Doors` calls its oracle teller the ceiling of steps, and knower too"
    )
  })

  it("is trained and measured, and named in the lock by its path and digest", async () => {
    const ran = place.started("run", "doors.bica", "--allow-code", "--seed", "1")
    expect([ran.code, ran.err]).toEqual([0, ""])
    const run = lastLine(ran.out)
    const { measures } = JSON.parse(place.read(`${run}/measures.json`)) as {
      readonly measures: ReadonlyArray<{ metric: string; by: string; on: string; overSeeds: { mean: number | null } }>
    }
    const mean = (metric: string, by: string, on = "room") =>
      measures.find((one) => one.metric === metric && one.by === by && one.on === on)?.overSeeds.mean ?? Number.NaN
    // who knows opens the lucky door at once; who hears of it learns to do as it hears; who does not is as good as a coin
    expect(mean("doors.at_once", "knower")).toBe(1)
    expect(mean("excess", "knower")).toBe(0)
    expect(mean("doors.at_once", "told")).toBeGreaterThan(0.9)
    expect(mean("doors.trust", "told")).toBeGreaterThan(0.9)
    expect(Math.abs(mean("doors.at_once", "deaf") - 0.5)).toBeLessThan(0.2)
    // who is told by script knows as much as there is to know, who babbles nothing of it
    expect(mean("doors.trust", "teller")).toBe(1)
    expect(Math.abs(mean("message_intent_information", "teller") - Math.LN2)).toBeLessThan(0.02)
    expect(Math.abs(mean("message_intent_information", "babbler"))).toBeLessThan(0.02)
    expect(mean("mp", "teller")).toBeGreaterThan(mean("mp", "babbler") + 0.3)
    expect(mean("mp", "knower")).toBeNaN()
    // what a metric reads steps for is measured where the stage plays first
    expect(mean("doors.trust", "told", "room.noisy")).toBeNaN()
    expect(Math.abs(mean("doors.at_once", "told", "room.noisy") - 0.5)).toBeLessThan(0.2)
    // a share is shown as one
    expect(ran.out).toMatch(/told .*100\.0 % \[/)
    expect((await place.bica("lock", run, "--allow-code")).code).toBe(0)
    expect(place.read("bica.lock")).toContain(`"use doors": "./doors.ts sha256 ${digest}"`)
    const report = await place.bica("report", run)
    expect(report.code).toBe(0)
    const page = place.read(`${run}/report/report.html`)
    expect(page).toContain("Whether the first door was the lucky one.")
    expect(page).toContain("Opens the lucky door.")
    const replay = JSON.parse(place.read(`${run}/stages/test/deaf/seed-1/artifacts/replay.json`)) as {
      readonly roles: object
      readonly episodes: ReadonlyArray<{
        frames: ReadonlyArray<ReadonlyArray<{ shape: string }>>
        steps: ReadonlyArray<object>
      }>
    }
    expect(replay.roles).toEqual({ speaks: "guide", acts: "guesser" })
    // four episodes under each of three conditions; the lucky door is drawn, and from the first step on what was opened
    expect(replay.episodes).toHaveLength(12)
    for (const { frames, steps } of replay.episodes) {
      expect(frames).toHaveLength(steps.length + 1)
      expect(frames[0]?.map(({ shape }) => shape)).toEqual(["text", "text", "ring"])
      expect(frames.at(-1)?.map(({ shape }) => shape)).toEqual(["text", "text", "ring", "disc"])
    }
    expect(page.match(/<g class="frame"/g)?.length).toBeGreaterThan(12)
    expect(page).toContain("floor guess, ceiling knower")
    expect(page).toContain("Values 0 to ln 2, floor babbler, ceiling teller.")

    // moved as a whole, and resumed from where it was
    const inside = (name: string) => join(place.folder, "moved", name)
    mkdirSync(inside(""))
    for (const name of [".bica", "doors.bica", "doors.ts"]) renameSync(join(place.folder, name), inside(name))
    const resumed = place.started("resume", `moved/${run}`, "--allow-code")
    expect([resumed.code, lastLine(resumed.out)]).toEqual([0, `moved/${run}`])
    for (const name of [".bica", "doors.bica", "doors.ts"]) renameSync(inside(name), join(place.folder, name))

    // an export of it holds the code as it was run, by the digest that the run has
    const exported = await place.bica("export", run, "--to", "out")
    expect([exported.code, exported.err]).toEqual([0, ""])
    expect(place.read("out/doors.ts")).toBe(game)
    const graph: ReadonlyArray<Record<string, unknown>> = JSON.parse(place.read("out/ro-crate-metadata.json"))["@graph"]
    const entity = (id: string) => graph.find((one) => one["@id"] === id)
    expect(entity("doors.ts")).toMatchObject({
      "@type": ["File", "SoftwareSourceCode"],
      sha256: digest,
      contentSize: String(Buffer.byteLength(game)),
      programmingLanguage: { "@id": "#typescript" }
    })
    expect(entity("#typescript")).toMatchObject({ "@type": "ComputerLanguage", name: "TypeScript" })
    expect(entity("./")?.hasPart).toContainEqual({ "@id": "doors.ts" })
    expect(entity("#train/told/seed-1")?.object).toEqual([
      { "@id": "doors.bica" },
      { "@id": "doors.ts" },
      { "@id": "#seed-1" }
    ])
    // what is taken out is a file that can be checked and run where it is
    expect((await place.bica("check", "out/doors.bica", "--allow-code")).code).toBe(0)
    const attested = await place.bica("attest", "bica.lock", "--allow-code")
    expect(attested.code).toBe(0)
    expect(JSON.parse(place.read(lastLine(attested.out))).subject).toContainEqual({
      name: "doors.ts",
      digest: { sha256: digest }
    })

    renameSync(join(place.folder, "doors.ts"), join(place.folder, "elsewhere.ts"))
    const without = await place.bica("export", run, "--to", "without")
    expect([without.code, without.out]).toEqual([2, ""])
    expect(without.err).toBe(
      `${run}: was begun with code that cannot be found: ${join(place.folder, "doors.ts")} is not there\n` +
        "Put the module back as it was: what is exported as run must be what was run. Formats such as `--csv --json` need none.\n"
    )
    expect(existsSync(join(place.folder, "without"))).toBe(false)
    expect((await place.bica("export", run, "--to", "numbers", "--csv", "--json")).code).toBe(0)
    const missing = await place.bica("resume", run, "--allow-code")
    expect(missing.code).toBe(2)
    expect(missing.err).toContain(
      `${run}: was begun with code that cannot be found: ${join(place.folder, "doors.ts")} is not there`
    )
    place.write("doors.ts", `${game}// changed\n`)
    const changed = await place.bica("resume", run, "--allow-code")
    expect(changed.code).toBe(2)
    expect(changed.err).toContain(`is another text (sha256 `)
    expect(changed.err).toContain(`not ${digest.slice(0, 12)})`)
    const other = await place.bica("export", run, "--to", "other")
    expect([other.code, other.out]).toEqual([2, ""])
    expect(other.err).toContain(`${join(place.folder, "doors.ts")} is another text (sha256 `)
    expect(existsSync(join(place.folder, "other"))).toBe(false)
    expect(readdirSync(place.folder).filter((name) => name.startsWith(".bica-export-"))).toEqual([])
    const verified = await place.bica("verify", "doors.bica", "--allow-code")
    expect(verified.code).toBe(1)
    expect(verified.out).toContain(`use doors: ./doors.ts is another text (sha256 ${digest.slice(0, 12)} became `)
    place.write("doors.ts", game)
  }, 120_000)

  it("that fails only with what the file gives it is not called a fault of bica", async () => {
    // the defaults have another horizon, and another probability than the shift
    const ran = (name: string, from: string, to: string) => {
      place.write(`${name}.ts`, game.replace(from, to))
      place.write(`${name}.bica`, file.replace("./doors.ts", `./${name}.ts`))
      return place.started("run", `${name}.bica`, "--allow-code", "--seed", "1")
    }
    const later = ran("later", "{ x: lucky, y: 1,", "{ x: left > 0.85 ? 5 : lucky, y: 1,")
    expect(later.code).toBe(2)
    expect(later.err).toBe(
      "test/told/seed-1: room.crooked: its picture cannot be drawn: a mark at 5, 1 is outside of 2 by 2 cells\n"
    )
    const sooner = ran("sooner", "    horizon,\n", "    horizon: horizon === 3 ? [][0].length : horizon,\n")
    expect(sooner.code).toBe(2)
    expect(sooner.err).toMatch(
      /^sooner\.bica: room\S*: the module's own code failed: TypeError: .*\nMend the module, or what the file gives it\.\n$/
    )
  }, 60_000)

  it("that lies above the file is exported where the file finds it", async () => {
    for (const name of ["ours", "ours/deep", "games"]) mkdirSync(join(place.folder, name))
    place.write("games/doors.ts", game)
    place.write(
      "ours/deep/tiny.bica",
      fixture("tiny.bica")
        .replace(/^/, 'use "../../games/doors.ts" as doors\n')
        .replace("measure success", "measure doors.at_once, success")
    )
    const ran = place.started("run", "ours/deep/tiny.bica", "--allow-code")
    expect([ran.code, ran.err]).toEqual([0, ""])
    expect((await place.bica("export", lastLine(ran.out), "--to", "above", "--ro-crate", "--csv")).code).toBe(0)
    expect(place.read("above/games/doors.ts")).toBe(game)
    expect((await place.bica("check", "above/ours/deep/tiny.bica", "--allow-code")).code).toBe(0)
    const crate = readFileSync(join(place.folder, "above/ro-crate-metadata.json"), "utf8")
    expect(crate).toContain('"name": "games/doors.ts"')
    expect(crate).not.toContain(place.folder)
  }, 60_000)
})
