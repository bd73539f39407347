/** A team of three in an environment of a module: from its file to measured values. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeWorkplace } from "./Workplace.ts"

const fixture = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name), "utf8")
const game = fixture("field.ts")
const file = fixture("field.bica")
const place = makeWorkplace()

beforeAll(() => {
  place.write("field.ts", game)
  place.write("field.bica", file)
})
afterAll(() => place.remove())

/** What checking a changed file says. */
const said = async (from: string, to: string) => {
  expect(file).toContain(from)
  place.write("changed.bica", file.replace(from, to))
  return (await place.bica("check", "changed.bica", "--allow-code")).err
}

/** What checking says where the module is changed. */
const saidOf = async (from: string, to: string) => {
  expect(game).toContain(from)
  place.write("other.ts", game.replace(from, to))
  place.write("other.bica", file.replace("./field.ts", "./other.ts"))
  return (await place.bica("check", "other.bica", "--allow-code")).err
}

describe("a file with three agents", () => {
  it("is checked: who hears whom, that all roles are played, what can be measured", async () => {
    const { code, err } = await place.bica("check", "field.bica", "--allow-code")
    expect([code, err]).toEqual([0, ""])
    expect(await said("sees    row\n", "sees    row, columns.message\n")).toContain(
      "`columns` plays the column_guide, who speaks after the row_guide in a step, so `rows` cannot hear it."
    )
    expect(await said("sees    row\n", "sees    row, column\n")).toContain("BICA5004")
    expect(await said("plays land.column_guide", "plays land.row_guide")).toContain("BICA5003")
    expect(await said("success, steps, tokens, field", "success, steps, mp, field")).toContain(
      "`field.Field` does not measure `mp`"
    )
    expect(await said("+ ppo(columns)", "+ ppo(columns) + kl(rows.message || columns.message)")).toContain("BICA4002")
  })

  it("is refused with a module that nobody could play", async () => {
    expect(await saidOf('kind: "acts"', 'kind: "speaks"')).toContain(
      "`Field` has 0 roles that act, and exactly one must"
    )
    expect(await saidOf('doc: "Digs anywhere.",', 'doc: "Digs anywhere.", talks: true,')).toContain(
      "`Field` has 2 roles that speak, and its oracle guess talks: it does not say as which"
    )
  })

  it("trains all three: who hears both guides needs one hole, who hears one needs more", async () => {
    const ran = place.started("run", "field.bica", "--allow-code", "--seed", "1")
    expect([ran.code, ran.err]).toEqual([0, ""])
    const run = ran.out.trimEnd().split("\n").at(-1) ?? ""
    const { measures } = JSON.parse(place.read(`${run}/measures.json`)) as {
      readonly measures: ReadonlyArray<{ metric: string; by: string; on: string; overSeeds: { mean: number | null } }>
    }
    const mean = (metric: string, by: string, on = "land") =>
      measures.find((one) => one.metric === metric && one.by === by && one.on === on)?.overSeeds.mean ?? Number.NaN
    expect(mean("success", "both")).toBeGreaterThan(0.98)
    expect(mean("steps", "both")).toBeLessThan(1.1)
    expect(mean("tokens", "both")).toBeGreaterThan(1.8)
    expect(mean("field.obeyed", "both")).toBeGreaterThan(0.95)
    // one who knows the row digs in three cells at most: two holes on average
    expect(mean("steps", "half")).toBeGreaterThan(1.7)
    expect(mean("tokens", "half")).toBeLessThanOrEqual(mean("steps", "half"))
    expect(mean("field.obeyed", "half")).toBeNaN()
    // noise on the first guide's channel alone is heard
    expect(mean("steps", "both", "land.loud")).toBeGreaterThan(1.4)
    // what each of the two meant and said is shown
    expect((await place.bica("report", run)).code).toBe(0)
    expect(place.read(`${run}/report/report.md`)).toContain("the likeliest token of the column_guide for each intent")
    expect(place.read(`${run}/report/report.html`)).toMatch(
      /The row_guide means r\d and says [ABC]\. The column_guide means c\d and says [XYZ]\. The digger chooses r\d_c\d\./
    )
    const verified = await place.bica("lock", run, "--allow-code")
    expect(verified.code).toBe(0)
    const again = await place.bica("verify", "field.bica", "--allow-code", "--updates", "2")
    expect([again.code, again.err]).toEqual([0, ""])
  }, 120_000)
})
