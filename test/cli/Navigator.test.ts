/** The Latent Navigator from a file: fitted, stopped and taken up again, explored, locked, verified. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeWorkplace } from "./Workplace.ts"

const file = `// A small navigator.
environment shapes = LatentNavigator {
  clicks     12 steps
  catalogue  256

  shift fixed { person { attention_rate 0  trust_rate 0 } }
}

stage encode {
  fit shapes.encoder for 40 updates { pool 1000  batch 64 }
  checkpoint every 10
}

stage explore after encode {
  play 3 episodes on shapes, fixed by shapes.random, shapes.human_alone, shapes.bidirectional
  measure exploration_efficiency, suggestions_taken, human_drift
}

study main { seeds 1, 2 }

claim guided: mean_score(shapes.bidirectional) > mean_score(shapes.random)  with 95 % confidence
`
const place = makeWorkplace()
beforeAll(() => place.write("small.bica", file))
afterAll(() => place.remove())

interface Measure {
  readonly metric: string
  readonly by: string
  readonly on: string
  readonly overSeeds: { readonly mean: number | null }
}

describe("a file about the Latent Navigator", () => {
  it("fits an encoder, explores with it, and gives the same again", async () => {
    const ran = place.started("run", "small.bica")
    expect([ran.code, ran.err]).toEqual([0, ""])
    const run = ran.out.trimEnd().split("\n").at(-1) ?? ""
    const artifact = (stage: string, name: string) => place.read(`${run}/stages/${stage}/seed-1/artifacts/${name}`)

    const rows = artifact("encode", "curve.csv").trimEnd().split("\n")
    expect(rows[0]).toBe("update,loss,term.reconstruction,term.kl,weight.kl,rate")
    expect(rows).toHaveLength(41)
    const loss = (row: string | undefined) => Number(row?.split(",")[1])
    expect(loss(rows[40])).toBeLessThan(0.8 * loss(rows[1]))
    const { measures: merits, settings, source } = JSON.parse(artifact("encode", "encoder.json"))
    expect([source, settings.side, settings.updates, settings.pool]).toEqual(["procedural", 32, 40, 1000])
    expect(merits.active).toBeGreaterThanOrEqual(2)

    const { measures } = JSON.parse(place.read(`${run}/measures.json`)) as { readonly measures: ReadonlyArray<Measure> }
    const mean = (metric: string, by: string, on = "shapes") =>
      measures.find((one) => one.metric === metric && one.by === by && one.on === on)?.overSeeds.mean
    expect(mean("suggestions_taken", "random")).toBeNull()
    expect(mean("human_drift", "random")).toBe(0)
    const drift = mean("human_drift", "bidirectional") ?? Number.NaN
    expect(drift).toBeGreaterThan(0)
    expect(drift).toBeLessThanOrEqual(0.05)
    // who learns nothing stays where it was; who plays at random does not notice
    expect(mean("human_drift", "bidirectional", "shapes.fixed")).toBe(0)
    expect(mean("mean_score", "random", "shapes.fixed")).toBe(mean("mean_score", "random"))
    expect(mean("mean_score", "human_alone")).toBeGreaterThan(mean("mean_score", "random") ?? 1)

    const { maps, sessions } = JSON.parse(artifact("explore", "sessions.json"))
    expect(maps).toHaveLength(1)
    expect([maps[0].count, maps[0].places.length]).toEqual([256, 512])
    // where images are near on the map their latents are
    expect(maps[0].distances).toBeGreaterThan(0)
    expect(maps[0].trustworthiness).toBeGreaterThan(0.5)
    expect(sessions.map(({ by, on }: { by: string; on: string }) => `${by} on ${on}`)).toHaveLength(6)
    expect(sessions[0].clicked).toHaveLength(12)

    expect((await place.bica("lock", run)).code).toBe(0)
    const whole = place.started("verify", "small.bica")
    expect([whole.code, whole.err]).toEqual([0, ""])
    expect(whole.out).toContain("identical")
    const beginning = await place.bica("verify", "small.bica", "--updates", "3")
    expect([beginning.code, beginning.err]).toEqual([0, ""])

    expect((await place.bica("report", run)).code).toBe(0)
    const page = place.read(`${run}/report/report.html`)
    expect(page).toContain("random, human_alone and bidirectional were measured with 2 seeds (1, 2).")
    expect(page).toContain("Every row is a player that the environment brings.")
    expect(page).not.toContain("objectives</dt>")
  }, 180_000)
})
