import { spawn } from "node:child_process"
import * as Readline from "node:readline"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Workplace } from "./Workplace.ts"
import { command, fixture, lastLine, makeWorkplace } from "./Workplace.ts"

// one seed decides no claim
const tiny = fixture("tiny.bica")
  .replace("seeds 1, 2", "seeds 1")
  .replace(/\nclaim .*\n/, "\n")

let place: Workplace
let run = ""
beforeAll(() => {
  place = makeWorkplace()
  place.write("tiny.bica", tiny)
  const { code, err, out } = place.started("run", "tiny.bica")
  expect([code, err]).toEqual([0, ""])
  run = lastLine(out).replace(".bica/runs/", "")
}, 60_000)
afterAll(() => place.remove())

interface Planned {
  readonly label: string
  readonly standing: { readonly _tag: string; readonly update?: number }
  readonly because: ReadonlyArray<string>
}

const planned = (
  text: string,
  ...words: ReadonlyArray<string>
): ReadonlyArray<readonly [string, string, ...Array<string>]> => {
  place.write("tiny.bica", text)
  const { code, err, out } = place.started("plan", "tiny.bica", "--json", ...words)
  expect([code, err]).toEqual([0, ""])
  const stages: ReadonlyArray<Planned> = JSON.parse(out).stages
  return stages.map(({ because, label, standing }) => [label, standing._tag, ...because])
}

describe("bica plan", { timeout: 120_000 }, () => {
  it("says that a changed comment runs nothing again, and a changed measurement no training", () => {
    const worded = `// a comment\n${tiny.replace("checkpoint every 2", "checkpoint every 4")}`
    expect(planned(worded.replace("measure success, steps, reward", "measure success, steps"))).toEqual([
      ["train/bica/seed-1", "Ended"],
      ["test/bica/seed-1", "New", "stage test, measure: success, steps, reward became success, steps"],
      ["oracles/seed-1", "Ended"]
    ])
  })

  it("says of a changed budget that it is why training runs, and what follows from it", () => {
    place.write("tiny.bica", tiny.replace("1.0 nats", "0.10 nats"))
    const { out } = place.started("plan", "tiny.bica")
    expect(
      out
        .replace(/  [0-9a-f]{12}  /g, "  KEY  ")
        .split("\n")
        .slice(1)
    ).toEqual([
      "  train/bica/seed-1  KEY  runs",
      "      budget ai_drift: 1 nats became 0.1 nats",
      "  test/bica/seed-1   KEY  runs",
      "      budget ai_drift: 1 nats became 0.1 nats",
      "      train/bica/seed-1 runs again",
      `  oracles/seed-1     KEY  is there (${run})`,
      "2 of 3 stages to run",
      ""
    ])
  })

  it("says that a seed is new, or the engine another", () => {
    expect(planned(tiny, "--seed", "7")[0]).toEqual(["train/bica/seed-7", "New", `seed 7 is not in ${run}`])
    const [training] = planned(tiny, "--engine", "tfjs-cpu")
    expect(training?.[2]).toMatch(/^the engine is tfjs-cpu; .*, was onnx; /)
  })

  it("says after which update a training that was stopped goes on", async () => {
    place.write("long.bica", tiny.replace("repeat 4 times", "repeat 2000 times").replace("every 2", "every 5"))
    const child = spawn(process.execPath, [command, "run", "long.bica", "--json"], {
      cwd: place.folder,
      env: place.environment,
      stdio: ["ignore", "pipe", "inherit"]
    })
    const ended = new Promise((resolve) => child.on("close", resolve))
    for await (const line of Readline.createInterface({ input: child.stdout })) {
      const event = JSON.parse(line)
      if (event._tag === "Update" && event.update >= 12) break
    }
    child.kill("SIGKILL")
    await ended
    const { out } = place.started("plan", "long.bica", "--json")
    const [training, test]: ReadonlyArray<Planned> = JSON.parse(out).stages
    expect(training).toMatchObject({ standing: { _tag: "Begun" }, because: [] })
    const update = training?.standing.update ?? 0
    // that of the tenth may still have been on its way to the disk
    expect([update >= 5, update % 5]).toEqual([true, 0])
    expect(test).toMatchObject({ standing: { _tag: "New" } })
    expect(test?.because[0]).toMatch(/^it has not ended in long-/)
  })

  it("says what bica run then does: a changed comment runs no stage, a changed measurement no training", () => {
    const ran = (text: string) => {
      place.write("tiny.bica", text)
      const { code, err, out } = place.started("run", "tiny.bica", "--json")
      expect([code, err]).toEqual([0, ""])
      const events = out
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line): { readonly _tag: string; readonly label?: string; readonly cached?: boolean } => JSON.parse(line))
      return {
        run: lastLine(out),
        begun: events.flatMap(({ _tag, label }) => (_tag === "StageStarted" ? [label] : [])),
        kept: events.flatMap(({ _tag, cached, label }) => (_tag === "StageEnded" && cached === true ? [label] : [])),
        updates: events.filter(({ _tag }) => _tag === "Update").length
      }
    }
    const commented = ran(`// another comment\n${tiny.replace("horizon    12 steps", "horizon 12 steps // short")}`)
    expect(commented).toEqual({
      run: `.bica/runs/${run}`,
      begun: [],
      kept: ["train/bica/seed-1", "test/bica/seed-1", "oracles/seed-1"],
      updates: 0
    })
    const measured = ran(tiny.replace("measure success, steps, reward", "measure success, tokens"))
    expect(measured).toMatchObject({
      begun: ["test/bica/seed-1"],
      kept: ["train/bica/seed-1", "oracles/seed-1"],
      updates: 0
    })
    // and the training is that of before, to the byte
    const artifacts = (of: string) =>
      place
        .started("digest", of)
        .out.split("\n")
        .filter((line) => line.includes("stages/train/"))
    expect(artifacts(measured.run)).toEqual(artifacts(`.bica/runs/${run}`))
    expect(artifacts(measured.run).length).toBeGreaterThan(2)
  })
})
