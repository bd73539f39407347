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
beforeAll(() => {
  work = makeWorkplace()
  work.write("small.bica", source("1"))
  alone = work.started("run", "small.bica", "--runs", "alone")
}, 60_000)
afterAll(() => work.remove())

const digest = (run: string): string => work.started("digest", run).out

describe("a run with workers", () => {
  it("gives the bytes of one without, and says how many there are", { timeout: 60_000 }, () => {
    expect([alone.code, alone.err]).toEqual([0, ""])
    const beside = work.started("run", "small.bica", "--runs", "beside", "--workers", "3")
    expect([beside.code, beside.err]).toEqual([0, ""])
    expect(beside.out).toContain(", 3 workers, in ")
    const digests = digest(lastLine(beside.out))
    expect(digests.trimEnd().split("\n").length).toBeGreaterThan(12)
    expect(digests).toBe(digest(lastLine(alone.out)))
  })

  it("ends, killed and resumed with another number of workers, with those bytes", { timeout: 60_000 }, async () => {
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

  it("ends with the failure of a stage as one without does", { timeout: 60_000 }, () => {
    work.write("wild.bica", source(`3${"0".repeat(38)}`))
    const here = work.started("run", "wild.bica", "--runs", "wild-alone", "--seed", "1")
    const beside = work.started("run", "wild.bica", "--runs", "wild-beside", "--seed", "1", "--workers", "2")
    expect([here.code, beside.code]).toEqual([1, 1])
    expect(here.err).toMatch(/^train\/bica\/seed-1: .* became .* at update \d+; the last checkpoint is kept\n$/)
    expect(beside.err).toBe(here.err)
  })

  it("stops at once when it is told to, and says how to go on", { timeout: 60_000 }, async () => {
    const words = ["run", "small.bica", "--runs", "stopped", "--workers", "2", "--json"]
    const [code, err] = await new Promise<[number | null, string]>((resolve) => {
      const child = spawn(process.execPath, [command, ...words], {
        cwd: work.folder,
        env: work.environment,
        stdio: ["ignore", "pipe", "pipe"]
      })
      let err = ""
      let told = false
      child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()))
      child.stdout.on("data", (chunk: Buffer) => {
        if (!told && chunk.includes('"update":2')) told = child.kill("SIGINT")
      })
      child.on("close", (code) => resolve([code, err]))
    })
    expect(code).toBe(130)
    expect(err).toMatch(/^stopped; `bica resume .*` goes on\n$/)
  })
})
