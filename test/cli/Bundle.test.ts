import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const project = Path.resolve(import.meta.dirname, "../..")

/** An installation that has what was bundled and nothing else of bica. */
let root = ""
const bica = (...words: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [Path.join(root, "bin/bica.js"), ...words], {
    cwd: root,
    encoding: "utf8",
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: Path.join(root, "cache") }
  })
  return { code: status, out: stdout, err: stderr }
}

beforeAll(() => {
  root = Fs.realpathSync(Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-bundle-")))
  Fs.cpSync(Path.join(project, "bin"), Path.join(root, "bin"), { recursive: true })
  Fs.copyFileSync(Path.join(project, "package.json"), Path.join(root, "package.json"))
  Fs.symlinkSync(Path.join(project, "node_modules"), Path.join(root, "node_modules"))
  const rolldown = Path.join(project, "node_modules/.bin/rolldown")
  const out = Path.join(root, "dist/bundle")
  const built = spawnSync(process.execPath, [rolldown, "-c", "rolldown.config.ts", "-d", out], { cwd: project })
  expect([built.status, built.status === 0 ? "" : built.stderr.toString()]).toEqual([0, ""])
}, 120_000)
afterAll(() => Fs.rmSync(root, { recursive: true, force: true }))

const source = `use std.ppo
environment map = MapTalk { grid 4 by 4  obstacles 0.10 .. 0.20  horizon 8 steps }
agent ai plays map.navigator { sees egocentric(3 by 3), human.message  policy gru(4)  prior uniform }
agent human plays map.guide { sees full  says { N, E, S, W }  policy gru(4)  prior uniform  protocol table { update 10 % } }
budget ai_drift: kl(ai.policy || ai.prior) <= 1.0 nats by dual(0.05)
objective bica = ppo(ai) + ppo(human) within ai_drift
stage train(objective o) {
  repeat 2 times {
    rollout 4 environments for 4 steps
    update human, ai jointly { epochs 1, minibatches 1, rate 0.004 }
    ascend budgets
  }
  checkpoint every 1
}
stage test after train { play 4 episodes on map  measure success, steps }
study main { seeds 1, 2  compare bica }
`

describe("the bundled commands", () => {
  it(
    "load neither engine, TypeScript nor editors' protocol to check a file, and for plain words no Effect",
    { timeout: 60_000 },
    () => {
      Fs.writeFileSync(Path.join(root, "small.bica"), source)
      const folder = Path.join(root, "dist/bundle")
      /** What the entry imports before anything is asked of it, and what the chunks import that it then loads. */
      const loaded = (...chunks: ReadonlyArray<string>): ReadonlyArray<string> => {
        const read = new Map<string, string>()
        const follow = (file: string): void => {
          if (read.has(file)) return
          const text = Fs.readFileSync(file, "utf8")
          read.set(file, text)
          for (const [, name = ""] of text.matchAll(/(?:from|import)\s*"(\.[^"]+\.js)"/g)) {
            follow(Path.resolve(Path.dirname(file), name))
          }
        }
        follow(Path.join(folder, "cli/main.js"))
        for (const name of Fs.readdirSync(folder)) {
          if (chunks.some((chunk) => name.startsWith(`${chunk}-`))) follow(Path.join(folder, name))
        }
        return [...read.values()]
      }
      const whole = loaded("Process", "Check")
      for (const text of whole) {
        expect(text).not.toMatch(/(?:from|import)\s*"(?:onnxruntime|@tensorflow|ts-morph|vega|vscode-languageserver)/)
      }
      // every type of Effect carries such a name
      expect(whole.some((text) => text.includes("~effect/"))).toBe(true)
      const quick = loaded("Checking", "Formatting")
      expect(quick.length).toBeGreaterThan(3)
      for (const text of quick) expect(text).not.toContain("~effect/")
      expect(bica("check", "small.bica")).toEqual({ code: 0, out: "small.bica: nothing wrong\n", err: "" })
    }
  )

  it("run a pipeline on their own copy of effect, in the run and in its workers", { timeout: 120_000 }, () => {
    const { code, err, out } = bica("run", "small.bica", "--workers", "2")
    expect([code, err]).toEqual([0, ""])
    expect(out).toContain("2 workers")
    expect(bica("digest", out.trimEnd().split("\n").at(-1) ?? "").code).toBe(0)
  })
})
