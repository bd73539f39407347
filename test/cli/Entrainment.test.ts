/** Entrainment in a file: measured, claimed, reported, locked and verified. */
import { afterAll, describe, expect, it } from "vitest"
import { fixture, lastLine, makeWorkplace } from "./Workplace.ts"

const file = `${fixture("tiny.bica")
  .replace("measure success, steps, reward", "measure success, entrainment")
  .replace("on map by map.planner", "on map by map.planner, map.direction_protocol")
  .replace("measure success, steps\n", "measure success, entrainment\n")
  .replace(/claim planner_is_ahead.*\n/, "")}
claim bounded: entrainment(bica, sampled) - entrainment(map.direction_protocol) < 12 tokens with 95 % confidence
claim kept:    last_round_success(map.planner) >= first_round_success(map.planner)         with 95 % confidence
claim mute:    last_round_tokens(map.planner) < 1 tokens                                   with 95 % confidence
`

const place = makeWorkplace()
afterAll(() => place.remove())

describe("a file that measures entrainment", () => {
  it("gives what a round saves with what stands beside it, and the same bits when it is verified", async () => {
    place.write("talk.bica", file)
    const checked = await place.bica("check", "talk.bica")
    expect([checked.code, checked.err.includes("error")]).toEqual([0, false])
    const ran = place.started("run", "talk.bica")
    expect(ran.code).toBe(0)
    for (const claim of ["bounded", "kept", "mute"]) expect(ran.out).toMatch(new RegExp(`holds +${claim}`))
    const run = lastLine(ran.out)
    expect((await place.bica("report", run)).code).toBe(0)
    const rows = place
      .read(`${run}/report/seeds.csv`)
      .split("\n")
      .filter((row) => row.includes("convention_stability") || row.includes("block_information"))
    // the team and two oracles, of two seeds each
    expect(rows).toHaveLength(12)
    expect(place.read(`${run}/report/report.md`)).toContain(
      "- entrainment: Words of the guide that are saved per round"
    )
    const { measures } = JSON.parse(place.read(`${run}/measures.json`)) as {
      readonly measures: ReadonlyArray<{
        metric: string
        by: string
        overSeeds: { mean: number | null }
        seeds: ReadonlyArray<{ n: number }>
      }>
    }
    const of = (metric: string, by: string) => measures.find((one) => one.metric === metric && one.by === by)
    expect(of("entrainment", "planner")?.overSeeds.mean).toBeNull()
    expect(of("entrainment", "direction_protocol")?.seeds.map(({ n }) => n)).toEqual([16, 16])
    expect(of("block_information", "direction_protocol")?.overSeeds.mean).toBeGreaterThan(1)
    expect((await place.bica("lock", run)).code).toBe(0)
    const again = place.started("verify", "talk.bica")
    expect([again.code, again.out]).toEqual([0, expect.stringContaining("identical")])
  }, 120_000)
})
