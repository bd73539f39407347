import * as Fs from "node:fs"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Workplace } from "./Workplace.ts"
import { fixture, lastLine, makeWorkplace } from "./Workplace.ts"

// one seed decides no claim
const tiny = fixture("tiny.bica")
  .replace("seeds 1, 2", "seeds 1")
  .replace(/\nclaim .*\n/, "\n")

let place: Workplace
let a = ""
let b = ""
beforeAll(() => {
  place = makeWorkplace()
  const run = (text: string) => {
    place.write("tiny.bica", text)
    const { code, err, out } = place.started("run", "tiny.bica")
    expect([code, err]).toEqual([0, ""])
    return lastLine(out)
  }
  a = run(tiny)
  // the first update of both is played with the same weights, the second is not
  b = run(tiny.replace("rate 0.004", "rate 0.008"))
}, 60_000)
afterAll(() => place.remove())

const rows = (run: string): ReadonlyArray<ReadonlyArray<string>> =>
  Fs.readFileSync(Path.join(place.folder, run, "stages/train/bica/seed-1/artifacts/curve.csv"), "utf8")
    .trimEnd()
    .split("\n")
    .map((row) => row.split(","))

describe("bica diff", () => {
  it("of a run with itself is exit code 0", async () => {
    const { code, out } = await place.bica("diff", a, a)
    expect(code).toBe(0)
    expect(out).toContain("file: means the same\n")
    expect(out).toContain("stages: the same bits\n")
  })

  it("says what changed in the file and the first update and quantity, with both values", async () => {
    const { code, err, out } = await place.bica("diff", a, b, "--json")
    expect([code, err]).toEqual([1, ""])
    const found = JSON.parse(out)
    expect(found).toMatchObject({
      identical: false,
      file: ["stage train, repeat, update, rate: 0.004 became 0.008"],
      environment: [],
      stages: { onlyFirst: [], onlySecond: [] }
    })
    // the same place, read from the two curves cell by cell
    const [left, right] = [rows(a), rows(b)]
    const update = left.findIndex((row, n) => row.some((cell, column) => cell !== right[n]?.[column]))
    const column = left[update]?.findIndex((cell, n) => cell !== right[update]?.[n]) ?? -1
    expect(found.parting).toEqual({
      stage: "train/bica/seed-1",
      file: "curve.csv",
      update,
      quantity: left[0]?.[column],
      before: left[update]?.[column],
      after: right[update]?.[column]
    })
  })

  it("shows measured values side by side", async () => {
    const { out } = await place.bica("diff", a, b)
    const measured = JSON.parse((await place.bica("measure", a, "--json")).out).measures
    const steps = measured.find((row: { readonly by: string; readonly metric: string }) => {
      return row.by === "planner" && row.metric === "steps"
    }).overSeeds.mean
    expect(out).toMatch(new RegExp(`oracles: steps of planner \\(oracle\\) on map +${steps} +${steps} +same\n`))
  })

  it("looks into the weights where the curves are the same", async () => {
    const copy = `${a}-copy`
    const at = (run: string) => Path.join(place.folder, run)
    Fs.cpSync(at(a), at(copy), { recursive: true })
    const weights = "stages/train/bica/seed-1/artifacts"
    for (const name of ["weights.late.safetensors", "weights.safetensors", "manifest.json"]) {
      Fs.copyFileSync(Path.join(at(b), weights, name), Path.join(at(copy), weights, name))
    }
    const manifest = Path.join(at(copy), weights, "manifest.json")
    const key = /"key": "[0-9a-f]{64}"/
    const own = key.exec(Fs.readFileSync(Path.join(at(a), weights, "manifest.json"), "utf8"))?.[0] ?? ""
    const curves = [a, b].map((run) =>
      JSON.stringify(
        JSON.parse(Fs.readFileSync(Path.join(at(run), weights, "manifest.json"), "utf8")).files["curve.csv"]
      )
    )
    const text = JSON.stringify(JSON.parse(Fs.readFileSync(manifest, "utf8").replace(key, own)))
    Fs.writeFileSync(manifest, text.replace(curves[1] ?? "", curves[0] ?? ""))
    const { code, out } = await place.bica("diff", a, copy)
    expect(code).toBe(1)
    expect(out).toMatch(/first apart: train\/bica\/seed-1, [\w.]+\[\d+\]: -?[\d.e-]+ in A, -?[\d.e-]+ in B\n/)
  })

  it("of what is no run is exit code 2", async () => {
    expect(await place.bica("diff", a, "nowhere")).toEqual({
      code: 2,
      out: "",
      err: "nowhere: there is no such run\nGive the folder that `bica run` printed on its last line.\n"
    })
  })

  it("explains also a run that has not ended: what is still to run, and how far both are the same", async () => {
    const copy = (name: string, ...without: ReadonlyArray<string>) => {
      const begun = `${a}-${name}`
      Fs.cpSync(Path.join(place.folder, a), Path.join(place.folder, begun), { recursive: true })
      for (const part of without) Fs.rmSync(Path.join(place.folder, begun, part), { recursive: true })
      return begun
    }
    const summary = ["artifacts.json", "measures.json", "claims.json"]
    const begun = copy("begun", ...summary, "stages/test")
    const { code, err, out } = await place.bica("diff", begun, a)
    expect([code, err]).toEqual([1, ""])
    expect(out).toContain(
      "A has not ended; still to run there:\n  test/bica/seed-1\nstages in B only:\n  test/bica/seed-1\nstages in both: the same bits\n"
    )
    // what the stages gave that have ended stands beside what the other run measured
    expect(out).toMatch(/\n {2}oracles: steps of planner \(oracle\) on map +[\d.]+ +[\d.]+ +same\n/)
    expect(out).toMatch(/\n {2}test: steps of bica on map \(sampled\) +[\d.]+\n/)
    const json = JSON.parse((await place.bica("diff", begun, a, "--json")).out)
    expect([json.unfinished, json.claims]).toEqual([{ first: ["test/bica/seed-1"], second: [] }, []])

    const said = await place.bica("diff", a, copy("not-summed-up", ...summary))
    expect(said.code).toBe(0)
    expect(said.out).toContain("B has not been summed up\nstages: the same bits\n")
  })
})
