/** Kills at chosen calls: each phase of a run is struck, and it is known which and where. Kill.test.ts kills at instants that nobody chose. */
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeRandom } from "../../src/runtime/random/Random.ts"
import { pipelines, shortened } from "./Shipped.ts"
import { command } from "./Workplace.ts"

const killer = Path.join(import.meta.dirname, "Killer.ts")

/** In the order in which a run is struck: each process takes up what the one before it left. */
const phases = ["records", "rollout", "checkpoint", "update", "artifacts", "play", "results", "report"] as const
type Phase = (typeof phases)[number]

/** How many runs are struck, once in each phase; `BICA_KILLS=300` for as many as make 300 kills. */
const count = Math.ceil(Number(process.env.BICA_KILLS ?? 1) / phases.length)

/** With one run it is the quick pipeline's. */
const order = count === 1 ? ["smoke.bica"] : pipelines

let folder = ""
beforeAll(() => {
  folder = Fs.realpathSync(Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-phases-")))
})
afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

const node = (...words: ReadonlyArray<string>) => {
  const env = { ...process.env, XDG_CACHE_HOME: Path.join(folder, "cache"), ORT_DISABLE_TELEMETRY: "1" }
  const ended = spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8", env: { ...env, ...watched } })
  return { code: ended.status, signal: ended.signal, out: ended.stdout, err: ended.stderr }
}

/** What the killer is told. */
let watched: Readonly<Record<string, string>> = {}

const bica = (...words: ReadonlyArray<string>) => {
  const { code, err, out } = node(command, ...words)
  // a claim that fails is no failure here: what is trained so briefly knows nothing
  expect([0, 1], err).toContain(code)
  return out
}

/** Runs a command with each of its calls counted; `at` is the call at which it is killed. Says where it was, or what it counted. */
const watching = (runs: string, words: ReadonlyArray<string>, at = "") => {
  const log = Path.join(folder, "log")
  Fs.rmSync(log, { force: true })
  watched = { BICA_KILL_FOLDER: runs, BICA_KILL_LOG: log, BICA_KILL_AT: at }
  const { err, signal } = node("--import", killer, command, ...words)
  watched = {}
  const said = Fs.existsSync(log) ? Fs.readFileSync(log, "utf8") : err
  return { killed: signal === "SIGKILL", said }
}

const runIn = (runs: string): string | undefined => {
  const name = Fs.existsSync(runs) ? Fs.readdirSync(runs).find((each) => !each.startsWith(".")) : undefined
  return name === undefined ? undefined : Path.join(runs, name)
}

/** The bytes of a run's report. When the run was begun stands in it and is `begun` here: it is all that may differ. */
const reportOf = (run: string, begun: string): Readonly<Record<string, string>> => {
  const path = Path.join(run, "run.json")
  const record = Fs.readFileSync(path, "utf8")
  Fs.writeFileSync(path, record.replace(/("created": ")[^"]+/, `$1${begun}`))
  bica("report", run)
  return Object.fromEntries(
    Fs.readdirSync(Path.join(run, "report")).map((name) => [
      name,
      Fs.readFileSync(Path.join(run, "report", name), "utf8")
    ])
  )
}

const begun = "2026-01-02T03:04:05.678Z"

/** A run that nobody disturbs: what it gave, and how many calls each phase has. */
const calmOf = (name: string) => {
  const source = Path.join(folder, name)
  const runs = Path.join(folder, `calm-${name}`)
  Fs.writeFileSync(source, shortened(name))
  const counts: Partial<Record<Phase, number>> = JSON.parse(
    watching(runs, ["run", source, "--runs", runs, "--json"]).said
  )
  const run = runIn(runs) ?? ""
  const digest = bica("digest", run)
  const ofReport: Partial<Record<Phase, number>> = JSON.parse(watching(runs, ["report", run]).said)
  return { name, source, digest, report: reportOf(run, begun), counts: { ...counts, report: ofReport.report } }
}

describe("a run that is killed in each of its phases", () => {
  it(
    `ends, resumed each time, with the weights, values, curves and report of one that was not (${count * phases.length} kills)`,
    { timeout: 120_000 * (1 + count) },
    () => {
      const numbers = new Float32Array(count * phases.length)
      makeRandom(20_261_122).uniform({ stage: "test", purpose: "phases", step: 0 }, numbers)
      const calm = new Map<string, ReturnType<typeof calmOf>>()
      const struck: Array<string> = []
      for (let n = 0; n < count; n++) {
        const name = order[n % order.length] ?? ""
        const expected = calm.get(name) ?? calmOf(name)
        calm.set(name, expected)
        const runs = Path.join(folder, `run-${n}`)
        for (const [k, phase] of phases.entries()) {
          const run = runIn(runs)
          const words =
            phase === "report"
              ? ["report", run ?? ""]
              : run === undefined || !Fs.existsSync(Path.join(run, "request.json"))
                ? ["run", expected.source, "--runs", runs, "--json"]
                : ["resume", run, "--json"]
          // what is behind the first quarter of its calls may be done by the time that a process comes to this phase; of what every
          // process does once, some calls fewer may be made where something is there already
          const once = phase === "records" || phase === "results" || phase === "report"
          const among = Math.ceil((expected.counts[phase] ?? 0) * (once ? 0.75 : 0.25))
          const at = `${phase} ${1 + Math.floor((numbers[n * phases.length + k] ?? 0) * among)}`
          // a report is written of a run that has ended
          if (phase === "report") bica("resume", run ?? "")
          expect([name, watching(runs, words, at)]).toEqual([name, { killed: true, said: at }])
          struck.push(phase)
        }
        const run = runIn(runs) ?? ""
        expect([name, bica("digest", run)]).toEqual([name, expected.digest])
        expect([name, reportOf(run, begun)]).toEqual([name, expected.report])
        Fs.rmSync(runs, { recursive: true, force: true })
        if (process.env.BICA_KILLS !== undefined)
          process.stdout.write(`${name}: killed in each of ${phases.length} phases, the same bytes\n`)
      }
      for (const phase of phases) expect(struck.filter((each) => each === phase)).toHaveLength(count)
    }
  )
})
