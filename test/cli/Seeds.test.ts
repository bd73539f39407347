import { spawnSync } from "node:child_process"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Workplace } from "./Workplace.ts"
import { command, fixture, lastLine, makeWorkplace } from "./Workplace.ts"

let place: Workplace
let expected = ""
beforeAll(() => {
  place = makeWorkplace()
  place.write("tiny.bica", fixture("tiny.bica"))
  expected = digest(lastLine(place.started("run", "tiny.bica", "--runs", "plain").out))
}, 120_000)
afterAll(() => place.remove())

const digest = (run: string): string => {
  const { code, err, out } = place.started("digest", run)
  expect([code, err]).toEqual([0, ""])
  return out
}

/** Runs a command in a terminal of its own, eighty columns wide, by util-linux's `script`. */
const inTerminal = (words: string) =>
  spawnSync("script", ["-qec", `stty cols 80 2>/dev/null; ${words}`, "/dev/null"], {
    cwd: place?.folder ?? "/",
    env: { ...place?.environment, TERM: "xterm", PATH: process.env.PATH },
    encoding: "utf8"
  })

const terminal = process.platform === "linux" && inTerminal("true").status === 0
const whyNot = terminal ? "" : " (skipped: there is no `script` to make a terminal with)"

describe("the bits of a run", { timeout: 120_000 }, () => {
  it.skipIf(!terminal)(`are those of a log also when its display is redrawn in a terminal${whyNot}`, () => {
    const shown = inTerminal(`"${process.execPath}" "${command}" run tiny.bica --runs shown`)
    expect(shown.status).toBe(0)
    // the display was there: the cursor was hidden
    expect(shown.stdout).toContain("\u001b[?25l")
    expect(digest(lastLine(shown.stdout).trim())).toBe(expected)
  })

  it("are the same with two workers that tell everything they do", () => {
    const run = spawnSync(
      process.execPath,
      [command, "run", "tiny.bica", "--runs", "told", "--workers", "2", "--json"],
      { cwd: place.folder, env: { ...place.environment, BICA_TRACE: "1" }, encoding: "utf8" }
    )
    expect([run.status, run.stderr]).toEqual([0, ""])
    expect(digest(lastLine(run.stdout))).toBe(expected)
  })
})
