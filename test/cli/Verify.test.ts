import * as Fs from "node:fs"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Workplace } from "./Workplace.ts"
import { fixture, lastLine, makeWorkplace } from "./Workplace.ts"

const tiny = fixture("tiny.bica")

/** The same meaning in other words: comments, layout, order, and how often a checkpoint is written. */
const reworded = tiny
  .replace("// Two agents", "// Two other agents\n//\n// Two agents")
  .replace("grid       5 by 5\n  obstacles  0.10 .. 0.20", "obstacles 0.1 .. 0.2   grid 5 by 5")
  .replace("checkpoint every 2 updates", "checkpoint every 3")
  .replace("checkpoint every 2", "checkpoint every 3")
  .replace("horizon    12 steps\n}", "horizon    12 steps // twelve\n}\n")

let place: Workplace
let run = ""
let lock = ""
beforeAll(async () => {
  place = makeWorkplace()
  place.write("tiny.bica", tiny)
  const first = place.started("run", "tiny.bica")
  expect([first.code, first.err]).toEqual([0, ""])
  run = lastLine(first.out)
  expect(await place.bica("lock", run)).toEqual({ code: 0, out: "bica.lock\n", err: "" })
  lock = place.read("bica.lock")
})
afterAll(() => place.remove())

interface Answer {
  readonly verdict: string
  readonly changes: ReadonlyArray<string>
  readonly parting: { readonly stage: string; readonly update?: number; readonly quantity?: string } | null
  readonly values: ReadonlyArray<{ readonly within: boolean; readonly difference?: number; readonly tolerance: number }>
  readonly together: ReadonlyArray<{ readonly updates: number; readonly of: number }>
  readonly stages: { readonly compared: number; readonly of: number }
}

const verified = (...words: ReadonlyArray<string>): Answer & { readonly code: number | null } => {
  const { code, err, out } = place.started("verify", "--json", ...words)
  expect(err).toBe("")
  return { code, ...JSON.parse(out) }
}

/** The lock with one string replaced, which must be in it. */
const tampered = (from: string | RegExp, to: string) => {
  const text = lock.replace(from, to)
  expect(text).not.toBe(lock)
  place.write("tampered.lock", text)
  return "tampered.lock"
}

describe("bica.lock", () => {
  it("holds no times and no paths, and is the same when it is written again", async () => {
    expect(lock).not.toContain(place.folder)
    expect(lock).not.toMatch(/\d{4}-\d\d-\d\dT/)
    await place.bica("lock", run)
    expect(place.read("bica.lock")).toBe(lock)
  })

  it("keeps the pipelines that are in it already", async () => {
    place.write("both.lock", lock.replace('"tiny": {', '"other": {'))
    await place.bica("lock", run, "--lock", "both.lock")
    expect(Object.keys(JSON.parse(place.read("both.lock")).pipelines)).toEqual(["other", "tiny"])
  })

  it("is not written from a run of a file that has changed since", async () => {
    Fs.mkdirSync(Path.join(place.folder, "changed"), { recursive: true })
    place.write("changed/tiny.bica", tiny.replace("gru(8)", "gru(9)"))
    const { code, err } = await place.bica("lock", run, "--lock", "changed/bica.lock")
    expect([code, err]).toEqual([
      1,
      `changed/tiny.bica: has changed since ${run}\n  agent ai, policy: gru(8) became gru(9)\nRun it again and lock that run.\n`
    ])
    expect(Fs.existsSync(Path.join(place.folder, "changed/bica.lock"))).toBe(false)
  })

  it("that is missing, damaged, or without the file is exit code 2", async () => {
    expect(await place.bica("verify", "--lock", "no.lock")).toEqual({
      code: 2,
      out: "",
      err: "no.lock: there is no lock\n`bica lock RUN` writes it from a run.\n"
    })
    place.write("damaged.lock", "<<<<<<< ours\n")
    expect((await place.bica("verify", "--lock", "damaged.lock")).code).toBe(2)
    expect((await place.bica("verify", "other.bica")).err).toContain("bica.lock: does not hold other.bica")
  })
})

describe("verifying", { timeout: 120_000 }, () => {
  it("says identical of the file as it was, and of other words for the same meaning", () => {
    const said = place.started("verify")
    expect([said.code, said.err]).toEqual([0, ""])
    expect(said.out).toMatch(/^tiny\.bica: identical\n {2}on onnx; .*\n {2}6 stages: the same bits\n$/)
    expect(reworded).toContain("checkpoint every 3")
    place.write("tiny.bica", reworded)
    expect(verified("tiny.bica")).toMatchObject({ code: 0, verdict: "identical", stages: { compared: 6, of: 6 } })
    place.write("tiny.bica", tiny)
    expect(Fs.readdirSync(place.temporary)).toEqual([])
  })

  it("names a changed number in the file's words and runs nothing", async () => {
    place.write("tiny.bica", tiny.replace("<= 1.0 nats", "<= 0.5 nats").replace("seeds 1, 2", "seeds 1, 3"))
    expect(await place.bica("verify", "tiny.bica")).toEqual({
      code: 1,
      out:
        "tiny.bica: different: the file means something else than when it was locked\n" +
        "  budget ai_drift: 1 nats became 0.5 nats\n" +
        "  study main, seeds: 1, 2 became 1, 3\n",
      err: ""
    })
    place.write("tiny.bica", tiny)
  })

  it("names the update and the quantity where a lock that was tampered with parts", () => {
    const { curve } = JSON.parse(lock).pipelines.tiny.stages[0]
    const third: string = curve.updates[2]
    const loss = curve.columns.split(",").indexOf("loss")
    const other = third[2 * loss] === "0" ? "1" : "0"
    const path = tampered(third, third.slice(0, 2 * loss) + other + third.slice(2 * loss + 1))
    expect(verified("--lock", path, "--updates", "3", "--against", run)).toMatchObject({
      code: 1,
      verdict: "different",
      stages: { compared: 2, of: 6 },
      parting: { stage: "train/bica/seed-1", update: 3, quantity: "loss" },
      notes: [`${run} has the same curve as here: the lock was changed by hand`]
    })
  })

  it("names a measured value of a lock that was tampered with", () => {
    const value = /("stage": "oracles", "metric": "steps",.*"seed": 2, "value": )[\d.]+/
    const said = place.started("verify", "--lock", tampered(value, "$14.25"))
    expect(said.code).toBe(1)
    expect(said.out).toContain(
      "first apart: oracles/seed-2, steps of planner on map (greedy), seed 2: 4.25 in the lock, "
    )
  })

  it("says equivalent on another engine, whose trainings begin alike and whose values are near", () => {
    const answer = verified("--engine", "tfjs-cpu")
    expect(answer).toMatchObject({ code: 0, verdict: "equivalent", parting: null })
    expect(answer.together.map(({ of, updates }) => [updates >= 2, of])).toEqual([
      [true, 4],
      [true, 4]
    ])
    // five values for each of two seeds, and the mean over seeds of the three that are of a trained team
    expect(answer.values).toHaveLength(13)
    expect(answer.values.every(({ within }) => within)).toBe(true)
  })

  it("asks for tolerances on the same class of stages of which the lock says that they are not deterministic", () => {
    const path = tampered(/("objective": "bica",\n\s*"seed": \d,)/g, '$1 "deterministic": false,')
    const said = place.started("verify", "--lock", path)
    expect([said.code, said.err]).toEqual([0, ""])
    expect(said.out).toMatch(
      /^tiny\.bica: equivalent within tolerance\n {2}on onnx; .*\n {2}the lock says that this engine is not known to give the same bits every time: tolerances are asked for\n/
    )
    expect(said.out).toContain("  6 stages, 13 measured values: 13 equal, 0 within tolerance, 0 beyond\n")
  })

  it("of a sample runs a stage, and the training before it if it is a test", () => {
    const { code, stages, verdict } = verified("--sample", "1")
    expect([code, verdict]).toEqual([0, "identical"])
    expect([1, 2]).toContain(stages.compared)
  })
})

describe("the bits of a run", { timeout: 120_000 }, () => {
  const total = async (folder: string) => lastLine((await place.bica("digest", folder)).out)

  it("are the same with --json, in another folder, with another checkpoint interval; not with another seed", async () => {
    const expected = await total(run)
    expect(expected).toMatch(/^[0-9a-f]{64} {2}total$/)
    Fs.mkdirSync(Path.join(place.folder, "elsewhere"))
    place.write("elsewhere/tiny.bica", reworded)
    const again = place.started("run", "elsewhere/tiny.bica", "--runs", "elsewhere/runs", "--json")
    expect([again.code, again.err]).toEqual([0, ""])
    expect(await total(lastLine(again.out))).toBe(expected)

    const artifacts = (await place.bica("digest", run)).out
    // as they were drawn, near the end and at the end
    const kept = ["weights.initial.safetensors", "weights.late.safetensors", "weights.safetensors"]
    const weights = [...artifacts.matchAll(/^([0-9a-f]{64}) {2}stages\/train\/bica\/seed-([12])\/(weights.*)$/gm)]
    const ofSeed = (seed: string) => weights.filter(([, , of]) => of === seed)
    expect(["1", "2"].map((seed) => ofSeed(seed).map(([, , , name]) => name))).toEqual([kept, kept])
    for (const [n, [, digest]] of ofSeed("1").entries()) expect(digest).not.toBe(ofSeed("2")[n]?.[1])
  })
})
