import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { writeRun } from "../runtime/report/Folders.ts"
import { walk } from "../runtime/report/Walk.ts"
import type { Said, Workplace } from "./Workplace.ts"
import { fixture, lastLine, makeWorkplace } from "./Workplace.ts"

let place: Workplace
let run = ""
beforeAll(() => {
  place = makeWorkplace()
  run = Path.relative(place.folder, writeRun(Path.join(place.folder, "runs"), walk))
})
afterAll(() => place.remove())

const filesOf = (folder: string): ReadonlyArray<string> => Fs.readdirSync(Path.join(place.folder, folder)).sort()

describe("bica report", () => {
  it("writes every form into the run's folder and prints their names; a second time changes no byte", async () => {
    const { code, err, out } = await place.bica("report", run)
    expect([code, err]).toEqual([0, ""])
    const names = ["report.html", "report.md", "report.json", "measures.csv", "seeds.csv", "curves.csv", "claims.csv"]
    expect(out.trimEnd().split("\n")).toEqual(names.map((name) => Path.join(run, "report", name)))
    expect(filesOf(`${run}/report`)).toEqual([...names].sort())
    expect(JSON.parse(place.read(`${run}/report/report.json`)).claims[0].text).toBe(
      "claim better: success(mutual) - success(lone) > 0 with 95 % confidence"
    )
    const before = names.map((name) => place.read(`${run}/report/${name}`))
    await place.bica("report", run)
    expect(names.map((name) => place.read(`${run}/report/${name}`))).toEqual(before)
  })

  it("writes only the forms that are asked for, into any folder, and leaves what else is there", async () => {
    Fs.mkdirSync(Path.join(place.folder, "out"))
    place.write("out/notes.txt", "mine")
    const { code } = await place.bica("report", run, "--out", "out", "--format", "md", "--format", "json")
    expect(code).toBe(0)
    expect(filesOf("out")).toEqual(["notes.txt", "report.json", "report.md"])
  })

  it("says how the lock beside the file stands to the run", async () => {
    const lockOf = async () => {
      await place.bica("report", run, "--out", "lock", "--format", "json")
      return JSON.parse(place.read("lock/report.json")).run.lock
    }
    expect(await lockOf()).toEqual({ state: "none", path: "pipelines/bica.lock" })
    const artifacts = JSON.parse(place.read(`${run}/artifacts.json`))
    const manifest = (label: string) => JSON.parse(place.read(`${run}/stages/${label}/artifacts/manifest.json`)).files
    const stages = walk.stages.map(({ label, objective, seed, stage }) => ({
      label,
      key: "0",
      stage,
      objective,
      seed,
      artifacts: Object.fromEntries(
        Object.entries<{ readonly sha256: string }>(manifest(label)).map(([name, { sha256 }]) => [name, sha256])
      )
    }))
    expect(Object.keys(artifacts.files)).toEqual(["claims.json", "measures.json"])
    const { environment, meaning, statements } = JSON.parse(place.read(`${run}/identity.json`))
    const lock = (changed: object) => {
      Fs.mkdirSync(Path.join(place.folder, "pipelines"), { recursive: true })
      const locked = {
        file: "walk.bica",
        bica: "0.1.0",
        numerics: 3,
        study: null,
        seed: null,
        environment,
        meaning,
        statements,
        stages,
        measured: [],
        claims: {},
        ...changed
      }
      place.write("pipelines/bica.lock", JSON.stringify({ format: "bica-lockfile/1", pipelines: { walk: locked } }))
    }
    lock({})
    expect(await lockOf()).toEqual({ state: "matches", path: "pipelines/bica.lock", stages: 6 })
    lock({
      meaning: { "stage train": { work: "another" } },
      stages: stages.map((stage, k) => (k === 0 ? { ...stage, artifacts: { "curve.csv": "0" } } : stage))
    })
    expect(await lockOf()).toEqual({
      state: "differs",
      path: "pipelines/bica.lock",
      why: ["the file meant something else", "1 of its 6 stages have other files"]
    })
  })

  it("refuses what is no run, and a run with a damaged file, without writing anything", async () => {
    expect(await place.bica("report", "nowhere")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^nowhere: there is no such run\n/)
    })
    const damaged = Path.relative(
      place.folder,
      writeRun(Path.join(place.folder, "runs"), { ...walk, name: "walk-damaged" })
    )
    Fs.appendFileSync(Path.join(place.folder, damaged, "measures.json"), " ")
    const said = await place.bica("report", damaged)
    expect([said.code, said.out]).toEqual([3, ""])
    expect(said.err).toContain("measures.json")
    expect(filesOf(damaged)).not.toContain("report")
  })

  it("leaves no half report where it may not write", async () => {
    place.write("blocked", "a file, not a folder")
    const said = await place.bica("report", run, "--out", "blocked/report", "--format", "md")
    expect(said.code).toBe(3)
    expect(said.err).toContain("blocked/report: the report could not be written")
    // what a killed process left goes; what a living one is writing stays
    const [dead, living] = [".tmp-report-4194305-a", `.tmp-report-${process.pid}-b`].map((name) =>
      Path.join(place.folder, "left", name)
    )
    for (const path of [dead, living]) Fs.mkdirSync(path ?? "", { recursive: true })
    await place.bica("report", run, "--out", "left", "--format", "md")
    expect(filesOf("left")).toEqual([Path.basename(living ?? ""), "report.md"])
    // a folder has the name of the second file: the first is not written either
    Fs.mkdirSync(Path.join(place.folder, "taken/report.json/x"), { recursive: true })
    const half = await place.bica("report", run, "--out", "taken", "--format", "md", "--format", "json")
    expect(half.code).toBe(3)
    expect(half.err).toContain("taken: the report could not be written: report.json there is a folder")
    expect(filesOf("taken")).toEqual(["report.json"])
  })
})

describe("bica run --report", () => {
  const git = (...words: ReadonlyArray<string>) => {
    const said = spawnSync("git", ["-C", place.folder, "-c", "user.name=a", "-c", "user.email=a@b", ...words], {
      encoding: "utf8"
    })
    expect(said.stderr).toBe("")
    return said.stdout.trim()
  }
  const commitIn = (said: Said): unknown =>
    JSON.parse(place.read(`${lastLine(said.out)}/report/report.json`)).run.commit

  it("writes the report of what has just ended, with the commit that the run was begun at", async () => {
    // nothing is trained: an oracle plays, which is all that this needs
    const text = fixture("tiny.bica").replace("seeds 1, 2", "seeds 1")
    place.write("tiny.bica", text.replace(/^stage (?:train|test)[\s\S]*?\n\}\n/gm, "").replace(/^claim .*\n/gm, ""))
    git("init", "-q", ".")
    git("add", "tiny.bica")
    git("commit", "-q", "-m", "one")
    const id = git("rev-parse", "HEAD")
    const said = place.started("run", "tiny.bica", "--report")
    expect(said.code).toBe(0)
    const folder = lastLine(said.out)
    expect(said.out).toContain(`${folder}/report/report.html\n`)
    expect(commitIn(said)).toEqual({ id, clean: true })
    const page = place.read(`${folder}/report/report.html`)
    expect(page).toContain(id)
    // going on with it, at another commit and when the file has changed, is the same run and the same page
    git("commit", "-q", "--allow-empty", "-m", "two")
    Fs.appendFileSync(Path.join(place.folder, "tiny.bica"), "// more\n")
    expect(lastLine(place.started("resume", folder).out)).toBe(folder)
    expect((await place.bica("report", folder)).code).toBe(0)
    expect(place.read(`${folder}/report/report.html`)).toBe(page)
  }, 120_000)
})
