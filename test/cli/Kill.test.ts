import { spawn, spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeRandom } from "../../src/runtime/random/Random.ts"

const project = Path.resolve(import.meta.dirname, "../..")
const command = Path.join(project, "bin/bica.js")
const pipeline = Path.join(project, "pipelines/smoke.bica")

let folder = ""
beforeAll(() => {
  folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-kill-"))
})
afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

const bica = (...words: ReadonlyArray<string>) => {
  const ended = spawnSync(process.execPath, [command, ...words], { cwd: project, encoding: "utf8" })
  return { code: ended.status, out: ended.stdout, err: ended.stderr }
}

const digest = (run: string): string => {
  const { code, err, out } = bica("digest", run)
  expect([code, err]).toEqual([0, ""])
  return out
}

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? ""

/** Starts a command, waits until it has begun its work, and kills it `delay` milliseconds later; false when it ended before that. */
const killed = (words: ReadonlyArray<string>, delay: number): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [command, ...words], { cwd: project, stdio: ["ignore", "pipe", "ignore"] })
    let armed = false
    child.stdout.on("data", () => {
      if (armed) return
      armed = true
      setTimeout(() => child.kill("SIGKILL"), delay)
    })
    child.on("close", (_, signal) => resolve(signal === "SIGKILL"))
  })

describe("a run that is killed", () => {
  it(
    "ends, resumed after each of twelve kills at random instants, with the digests of one that was not",
    { timeout: 600_000 },
    async () => {
      const calm = bica("run", pipeline, "--runs", Path.join(folder, "calm"))
      expect([calm.code, calm.err]).toEqual([0, ""])
      const expected = digest(lastLine(calm.out))
      expect(expected.trimEnd().split("\n").length).toBeGreaterThan(6)

      const delays = new Float32Array(64)
      makeRandom(20_261_122).uniform({ stage: "test", purpose: "kill", step: 0 }, delays)
      let kills = 0
      let next = 0
      for (let round = 0; kills < 12; round++) {
        const runs = Path.join(folder, `round-${round}`)
        let resumed = ""
        // the first starts come before the work, the later ones at any instant of about two seconds of it
        let words: ReadonlyArray<string> = ["run", pipeline, "--runs", runs]
        while (kills < 12 && (await killed(words, (delays[next++ % delays.length] ?? 0) * 2500))) {
          kills++
          const [name] = Fs.existsSync(runs) ? Fs.readdirSync(runs) : []
          if (name === undefined) continue
          resumed = Path.join(runs, name)
          words = ["resume", resumed]
        }
        const last = resumed === "" ? bica("run", pipeline, "--runs", runs) : bica("resume", resumed)
        expect([last.code, last.err]).toEqual([0, ""])
        expect(digest(lastLine(last.out))).toBe(expected)
      }
      expect(kills).toBeGreaterThanOrEqual(12)
    }
  )
})
