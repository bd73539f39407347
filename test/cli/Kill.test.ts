import { spawn, spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeRandom } from "../../src/runtime/random/Random.ts"
import { pipelines, shortened } from "./Shipped.ts"

const project = Path.resolve(import.meta.dirname, "../..")
const command = Path.join(project, "bin/bica.js")

/** How many kills in all; `BICA_KILLS=300` for a long evening. */
const wanted = Number(process.env.BICA_KILLS ?? 18)

let folder = ""
beforeAll(() => {
  folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-kill-"))
})
afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

const bica = (...words: ReadonlyArray<string>) => {
  const ended = spawnSync(process.execPath, [command, ...words], { cwd: project, encoding: "utf8" })
  return { code: ended.status, out: ended.stdout, err: ended.stderr }
}

/** Reads what a command wrote; a claim that fails is no failure here, for what is trained so briefly knows nothing. */
const ended = ({ code, err, out }: ReturnType<typeof bica>): string => {
  expect([0, 1], err).toContain(code)
  return out.trimEnd().split("\n").at(-1) ?? ""
}

/** Everything that a run gave: the digests of its artifacts, and the report that is made of them. */
const results = (run: string): string => {
  const { code, err, out } = bica("digest", run)
  expect([code, err]).toEqual([0, ""])
  return out
}

/** When to kill: at once, a while after a line of its progress, or when its folder changes. */
type Instant =
  | { readonly kind: "delay"; readonly milliseconds: number }
  | { readonly kind: "line"; readonly line: number; readonly milliseconds: number }
  | { readonly kind: "file"; readonly change: number }

/** What a process was at when it was killed, read from its last event and from what it left unfinished. */
const placeOf = (runs: string, last: { readonly _tag: string; readonly label?: string } | undefined): string => {
  const unfinished = (Fs.existsSync(runs) ? Fs.readdirSync(runs, { recursive: true, encoding: "utf8" }) : []).find(
    (name) => name.includes(".tmp-")
  )
  if (unfinished !== undefined) {
    return unfinished.includes("checkpoints/")
      ? "writing a checkpoint"
      : unfinished.includes("stages/")
        ? "writing what a stage gave"
        : "writing results or records"
  }
  const stage = last?.label?.split("/")[0] ?? ""
  if (last === undefined) return "before the first stage"
  if (last._tag === "Update") return `in a rollout or an update of ${stage}`
  if (last._tag === "StageStarted") return `at the beginning of ${stage}`
  return last._tag === "StageEnded"
    ? `after the end of ${stage}`
    : last._tag === "RunStarted"
      ? "at the beginning"
      : "at the end"
}

/** Starts a command and kills it at an instant; where it was killed, or undefined when it ended before that. */
const killed = (words: ReadonlyArray<string>, runs: string, instant: Instant): Promise<string | undefined> =>
  new Promise((resolve) => {
    Fs.mkdirSync(runs, { recursive: true })
    const child = spawn(process.execPath, [command, ...words, "--json"], {
      cwd: project,
      stdio: ["ignore", "pipe", "ignore"]
    })
    const kill = () => child.kill("SIGKILL")
    if (instant.kind === "delay") setTimeout(kill, instant.milliseconds)
    let changes = 0
    const watcher =
      instant.kind !== "file"
        ? undefined
        : Fs.watch(runs, { recursive: true }, () => {
            if (++changes === instant.change) kill()
          })
    let last: { readonly _tag: string; readonly label?: string } | undefined
    let lines = 0
    let rest = ""
    child.stdout.on("data", (data) => {
      const parts = (rest + String(data)).split("\n")
      rest = parts.pop() ?? ""
      for (const part of parts) {
        if (part.startsWith("{")) last = JSON.parse(part)
        if (instant.kind === "line" && ++lines === instant.line) setTimeout(kill, instant.milliseconds)
      }
    })
    child.on("close", (_, signal) => {
      watcher?.close()
      resolve(signal === "SIGKILL" ? placeOf(runs, last) : undefined)
    })
  })

const draws = (count: number): (() => number) => {
  const numbers = new Float32Array(count)
  makeRandom(20_261_122).uniform({ stage: "test", purpose: "kill", step: 0 }, numbers)
  let next = 0
  return () => numbers[next++ % count] ?? 0
}

describe("a run that is killed", () => {
  it(
    `of any shipped pipeline ends, resumed after each of ${wanted} kills at instants of every kind, as one that was not killed`,
    { timeout: 60_000 * (10 + wanted) },
    async () => {
      const draw = draws(4096)
      const instant = (): Instant => {
        const kind = draw()
        return kind < 0.15
          ? { kind: "delay", milliseconds: 300 + draw() * 2500 }
          : kind < 0.6
            ? { kind: "line", line: 1 + Math.floor(draw() * 14), milliseconds: draw() * 150 }
            : { kind: "file", change: 1 + Math.floor(draw() * 120) }
      }
      const sources = pipelines.map((name) => {
        const source = Path.join(folder, name)
        Fs.writeFileSync(source, shortened(name))
        const expected = results(ended(bica("run", source, "--runs", Path.join(folder, `calm-${name}`))))
        expect(expected.trimEnd().split("\n").length).toBeGreaterThan(6)
        return { name, source, expected }
      })
      const places = new Map<string, number>()
      let kills = 0
      for (let round = 0; kills < wanted; round++) {
        const from = sources[round % sources.length]
        if (from === undefined) throw new Error("there is no pipeline")
        const runs = Path.join(folder, `round-${round}`)
        let resumed = ""
        // every third run has its stages in threads of their own
        const workers = round % 3 === 2 ? ["--workers", "2"] : []
        let words: ReadonlyArray<string> = ["run", from.source, "--runs", runs, ...workers]
        // up to six kills of one run: a kill of a process that takes up what another left is an instant of its own
        for (let k = 0; k < 6 && kills < wanted; k++) {
          const place = await killed(words, runs, instant())
          if (place === undefined) break
          kills++
          places.set(place, (places.get(place) ?? 0) + 1)
          const run = Fs.readdirSync(runs)[0]
          if (run === undefined || !Fs.existsSync(Path.join(runs, run, "request.json"))) continue
          resumed = Path.join(runs, run)
          words = ["resume", resumed, ...workers]
        }
        const run = ended(resumed === "" ? bica("run", from.source, "--runs", runs) : bica("resume", resumed))
        expect([from.name, results(run)]).toEqual([from.name, from.expected])
        Fs.rmSync(runs, { recursive: true, force: true })
        if (process.env.BICA_KILLS !== undefined) process.stdout.write(`${from.name}: ${kills} kills, the same bytes\n`)
      }
      if (process.env.BICA_KILLS !== undefined) {
        const rows = [...places]
          .sort((a, b) => b[1] - a[1])
          .map(([place, count]) => `${String(count).padStart(4)}  ${place}`)
        process.stdout.write(`${kills} kills\n${rows.join("\n")}\n`)
      }
      expect(kills).toBe(wanted)
      expect(places.size).toBeGreaterThan(2)
    }
  )
})

describe("a report that is killed", () => {
  it("is whole or not there, and the same when it is made again", { timeout: 300_000 }, async () => {
    const source = Path.join(folder, "smoke.bica")
    Fs.writeFileSync(source, shortened("smoke.bica"))
    const run = ended(bica("run", source, "--runs", Path.join(folder, "reported")))
    const before = results(run)
    const read = () =>
      Object.fromEntries(
        Fs.readdirSync(run, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && !entry.parentPath.includes("stages"))
          .map((entry) => [
            Path.join(entry.parentPath, entry.name),
            Fs.readFileSync(Path.join(entry.parentPath, entry.name), "utf8")
          ])
      )
    const bare = Object.keys(read()).length
    expect(bica("report", run)).toMatchObject({ code: 0, err: "" })
    const whole = read()
    expect(Object.keys(whole).length).toBeGreaterThan(bare)
    const draw = draws(64)
    for (let k = 0; k < Math.max(3, wanted / 30); k++) {
      for (const name of Object.keys(whole)) if (/report/.test(Path.basename(name))) Fs.rmSync(name, { force: true })
      const instant: Instant =
        k % 2 === 0
          ? { kind: "file", change: 1 + Math.floor(draw() * 4) }
          : { kind: "delay", milliseconds: draw() * 2000 }
      await killed(["report", run], run, instant)
      for (const [name, text] of Object.entries(read())) {
        if (name in whole && /report/.test(Path.basename(name)))
          expect([name, text === whole[name]]).toEqual([name, true])
      }
      expect(bica("report", run)).toMatchObject({ code: 0 })
      for (const [name, text] of Object.entries(whole)) {
        if (/report/.test(Path.basename(name))) expect([name, read()[name] === text]).toEqual([name, true])
      }
      expect(results(run)).toBe(before)
    }
  })
})
