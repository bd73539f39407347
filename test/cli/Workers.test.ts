import type { ChildProcess } from "node:child_process"
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Said, Workplace } from "./Workplace.ts"
import { command, lastLine, makeWorkplace } from "./Workplace.ts"

/** Two seeds of two small trainings that end within a second each; the agents' widths differ, so that no two stages are alike. */
const source = (weight: string) => `use std.ppo

environment map = MapTalk { grid 4 by 4  obstacles 0.10 .. 0.20  horizon 12 steps }

agent ai plays map.navigator {
  sees egocentric(3 by 3), human.message  policy gru(8)  prior uniform
}
agent human plays map.guide {
  sees full  says { N, E, S, W }  policy gru(6)  prior uniform  protocol table { update 10 % }
}

budget ai_drift: kl(ai.policy || ai.prior) <= 1.0 nats by dual(0.05)

objective bica    = ${weight} * ppo(ai) + ppo(human) within ai_drift
objective one_way = ppo(ai)              within ai_drift  freezing human

stage train(objective o) {
  repeat 12 times {
    rollout 8 environments for 4 steps
    update human, ai jointly { epochs 1, minibatches 2, rate 0.004 }
    ascend budgets
  }
  checkpoint every 2
}

stage test after train { play 16 episodes on map  measure success, steps, reward }

study main { seeds 1, 2  compare bica, one_way }
`

let work: Workplace
let alone: Said
/** A longer run, with fewer checkpoints, that nobody stopped. */
let calm = ""
beforeAll(() => {
  work = makeWorkplace()
  work.write("small.bica", source("1"))
  alone = work.started("run", "small.bica", "--runs", "alone")
  work.write(
    "rare.bica",
    source("1").replace("repeat 12 times", "repeat 60 times").replace("checkpoint every 2", "checkpoint every 50")
  )
  calm = lastLine(work.started("run", "rare.bica", "--runs", "calm", "--seed", "1").out)
}, 300_000)
afterAll(() => work.remove())

interface Event {
  readonly _tag: string
  readonly label?: string
  readonly update?: number
  readonly from?: number
}

/** Runs a command and calls `hear` with each event of it. */
const driven = (words: ReadonlyArray<string>, hear: (event: Event, child: ChildProcess) => void) =>
  new Promise<{ readonly code: number | string | null; readonly err: string }>((resolve) => {
    const child = spawn(process.execPath, [command, ...words, "--json"], {
      cwd: work.folder,
      env: work.environment,
      stdio: ["ignore", "pipe", "pipe"]
    })
    let err = ""
    let rest = ""
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()))
    child.stdout.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) if (line.startsWith("{")) hear(JSON.parse(line), child)
    })
    child.on("close", (code, signal) => resolve({ code: code ?? signal, err }))
  })

const digest = (run: string): string => work.started("digest", run).out

describe("a run with workers", () => {
  it("gives the bytes of one without, and says how many there are", { timeout: 300_000 }, () => {
    expect([alone.code, alone.err]).toEqual([0, ""])
    const beside = work.started("run", "small.bica", "--runs", "beside", "--workers", "3")
    expect([beside.code, beside.err]).toEqual([0, ""])
    expect(beside.out).toContain(", 3 workers, in ")
    const digests = digest(lastLine(beside.out))
    expect(digests.trimEnd().split("\n").length).toBeGreaterThan(12)
    expect(digests).toBe(digest(lastLine(alone.out)))
  })

  it("ends, killed and resumed with another number of workers, with those bytes", { timeout: 300_000 }, async () => {
    const words = ["run", "small.bica", "--runs", "killed", "--workers", "2", "--json"]
    const signal = await new Promise<string | null>((resolve) => {
      const child = spawn(process.execPath, [command, ...words], {
        cwd: work.folder,
        env: work.environment,
        stdio: ["ignore", "pipe", "inherit"]
      })
      child.stdout.on("data", (chunk: Buffer) => {
        // both workers are at work by then, and there is a checkpoint
        if (chunk.includes('"update":5')) child.kill("SIGKILL")
      })
      child.on("close", (_, signal) => resolve(signal))
    })
    expect(signal).toBe("SIGKILL")
    const [name = ""] = Fs.readdirSync(Path.join(work.folder, "killed"))
    const run = Path.join("killed", name)
    const resumed = work.started("resume", run, "--workers", "3")
    expect([resumed.code, resumed.err]).toEqual([0, ""])
    expect(digest(run)).toBe(digest(lastLine(alone.out)))
  })

  it("ends with the failure of a stage as one without does", { timeout: 300_000 }, () => {
    work.write("wild.bica", source(`3${"0".repeat(38)}`))
    const here = work.started("run", "wild.bica", "--runs", "wild-alone", "--seed", "1")
    const beside = work.started("run", "wild.bica", "--runs", "wild-beside", "--seed", "1", "--workers", "2")
    expect([here.code, beside.code]).toEqual([1, 1])
    expect(here.err).toMatch(/^train\/bica\/seed-1: .* became .* at update \d+; the last checkpoint is kept\n$/)
    expect(beside.err).toBe(here.err)
  })

  it(
    "keeps what every stage has trained when it is told to stop, says how to go on, and ends resumed as if never stopped",
    { timeout: 300_000 },
    async () => {
      const runs = "stopped"
      const seen = new Map<string, number>()
      const { code, err } = await driven(
        ["run", "rare.bica", "--runs", runs, "--seed", "1", "--workers", "2"],
        (event, child) => {
          if (event._tag !== "Update") return
          seen.set(event.label ?? "", event.update ?? 0)
          // both workers are at it, and far from the first checkpoint that the file asks for
          if (seen.size === 2 && Math.min(...seen.values()) === 3 && !child.killed) child.kill("SIGINT")
        }
      )
      const [name = ""] = Fs.readdirSync(Path.join(work.folder, runs))
      const run = Path.join(runs, name)
      expect([code, err]).toEqual([130, `stopped; \`bica resume ${run}\` goes on\n`])
      expect(seen.size).toBe(2)
      for (const [label, update] of seen) {
        const checkpoints = Fs.readdirSync(Path.join(work.folder, run, "stages", label, "checkpoints"))
        // of the last update that was told of, which is not one of every fiftieth
        expect([label, checkpoints]).toEqual([label, [String(update).padStart(checkpoints[0]?.length ?? 0, "0")]])
        expect(update).toBeLessThan(50)
      }
      const from = new Map<string, number>()
      const resumed = await driven(["resume", run, "--workers", "2"], ({ _tag, from: update, label = "" }) => {
        if (_tag === "StageStarted" && seen.has(label)) from.set(label, update ?? 0)
      })
      expect([resumed.code, resumed.err]).toEqual([0, ""])
      expect(from).toEqual(seen)
      expect(digest(run)).toBe(digest(calm))
    }
  )

  it("ends at once when it is told to a second time", { timeout: 300_000 }, async () => {
    // an update that nobody waits for
    work.write(
      "slow.bica",
      source("1")
        .replace("rollout 8 environments for 4", "rollout 512 environments for 512")
        .replace("epochs 1", "epochs 9")
    )
    const { code, err } = await driven(["run", "slow.bica", "--runs", "twice", "--workers", "2"], (event, child) => {
      if (event._tag !== "StageStarted" || child.killed) return
      child.kill("SIGINT")
      // so soon it is the same signal once more, and does not end the run; then it is another
      setTimeout(() => child.kill("SIGINT"), 50)
      setTimeout(() => child.kill("SIGINT"), 900)
    })
    // not by an exit that waits for the engine, whose binding ended the process with SIGABRT then
    expect([code, err]).toEqual(["SIGINT", ""])
  })
})
