import { NodeServices } from "@effect/platform-node"
import { Cause, Effect, Exit } from "effect"
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { execute } from "../../src/cli/CommandLine.ts"
import { exitCode, report } from "../../src/cli/Ending.ts"

const project = Path.resolve(import.meta.dirname, "../..")
const small = Fs.readFileSync(Path.join(import.meta.dirname, "fixtures/small.bica"), "utf8")

let folder = ""
beforeAll(() => {
  folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-commands-"))
  Fs.mkdirSync(Path.join(folder, "work"))
})
afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

/** Runs a command in a process of its own, as a user does. */
const started = (...words: ReadonlyArray<string>) => {
  const ended = spawnSync(process.execPath, [Path.join(project, "bin/bica.js"), ...words], {
    cwd: Path.join(folder, "work"),
    encoding: "utf8",
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: Path.join(folder, "cache") }
  })
  return { code: ended.status, out: ended.stdout, err: ended.stderr }
}

/** Runs a command that needs no compiled pipeline in this process, which is ten times faster. */
const bica = async (...words: ReadonlyArray<string>) => {
  const said = { out: "", err: "" }
  const hear = (into: "out" | "err") => (chunk: string | Uint8Array) => {
    said[into] += chunk
    return true
  }
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(hear("out")),
    vi.spyOn(process.stderr, "write").mockImplementation(hear("err")),
    vi.spyOn(console, "error").mockImplementation((line: string) => void hear("err")(`${line}\n`))
  ]
  const before = process.cwd()
  process.chdir(Path.join(folder, "work"))
  try {
    const exit = await Effect.runPromiseExit(execute("0.0.0", words).pipe(Effect.provide(NodeServices.layer)))
    const cause = Exit.isSuccess(exit) ? Cause.empty : exit.cause
    if (Exit.isFailure(exit)) for (const line of report(cause, true)) said.err += `${line}\n`
    return { code: Exit.isSuccess(exit) ? 0 : exitCode(cause), ...said }
  } finally {
    process.chdir(before)
    for (const spy of spies) spy.mockRestore()
  }
}

const write = (name: string, text: string | Uint8Array) => Fs.writeFileSync(Path.join(folder, "work", name), text)

const there = (): ReadonlyArray<string> =>
  Fs.readdirSync(Path.join(folder, "work"), { recursive: true, encoding: "utf8" })

const lines = (text: string): ReadonlyArray<string> => text.trimEnd().split("\n")

describe("wrong files", () => {
  // The code of each fault and the line on which it stands in the file.
  const cases: ReadonlyArray<readonly [name: string, text: string | Uint8Array, found: ReadonlyArray<string>]> = [
    ["keyword", small.replace("agent human plays", "agnet human plays"), ["BICA1301 16"]],
    ["brace", small.replace("horizon    40 steps\n}", "horizon    40 steps\n"), ["BICA1201 7"]],
    ["parameter", small.replace("obstacles ", "obstacle "), ["BICA2005 6"]],
    ["range", small.replace("0.10 .. 0.20", "0.10 .. 0.95"), ["BICA3003 6"]],
    ["unit", small.replace("40 steps", "40 nats"), ["BICA3002 7"]],
    [
      "two",
      small.replace("40 steps", "40 nats").replace("prior   uniform", "prior   unifrom"),
      ["BICA3002 7", "BICA2009 13"]
    ],
    ["empty", "", ["BICA1001 1"]],
    ["noise", createHash("shake256", { outputLength: 10_000_000 }).update("noise").digest(), ["BICA1002"]],
    ["deep", `${small}term deep = ${"(".repeat(10_000)}1${")".repeat(10_000)}\n`, ["BICA1003 51"]]
  ]

  it("are told apart, each fault on its line, with exit code 2", async () => {
    for (const [name, text] of cases) write(`${name}.bica`, text)
    const { code, err, out } = await bica("check", "--json", ...cases.map(([name]) => `${name}.bica`))
    expect({ code, err }).toEqual({ code: 2, err: "" })
    const found = lines(out).map((line) => {
      const { diagnostics, file } = JSON.parse(line)
      return [
        file,
        diagnostics.map((one: { readonly code: string; readonly start: { readonly line: number } }) =>
          // Where 10 MB of noise end to be read depends on its line breaks.
          one.code === "BICA1002" ? one.code : `${one.code} ${one.start.line}`
        )
      ]
    })
    expect(found).toEqual(cases.map(([name, , expected]) => [`${name}.bica`, expected]))
  })

  it("stop every command with the same words, no stack trace, and nothing written", async () => {
    const before = there()
    const said = started("check", "unit.bica").err
    expect(lines(said).at(-1)).toBe("unit.bica: 1 error")
    const diagnostic = said.slice(0, said.indexOf("unit.bica: 1 error"))
    for (const words of [["run"], ["plan"], ["build"], ["explain"]]) {
      expect(await bica(...words, "unit.bica"), words.join(" ")).toEqual({ code: 2, out: "", err: diagnostic })
    }
    expect(there()).toEqual(before)
    expect(Fs.readdirSync(Path.join(folder, "cache/bica"))).toEqual(["node"])
  })

  it("that are not there are one line each, and the files after them are still checked", async () => {
    write("tiny.bica", small)
    expect(await bica("check", "missing.bica", ".", "tiny.bica")).toEqual({
      code: 2,
      out: "tiny.bica: nothing wrong\n",
      err: "missing.bica: there is no such file\n.: is a folder, not a file\n"
    })
  })
})

describe("wrong usage", () => {
  it("is a line and a hint, with exit code 2", async () => {
    expect(await bica("trian")).toEqual({
      code: 2,
      out: "",
      err: 'bica: Unknown subcommand "trian" for "bica"\nTry: bica --help\n'
    })
    const { code, err } = await bica("run", "tiny.bica", "--seed", "4294967296")
    expect(code).toBe(2)
    expect(err).toContain("a seed is a whole number from 0 to 4294967295, not 4294967296")
    expect((await bica("run", "tiny.bica", "--engine", "abacus")).err).toBe(
      "bica: there is no engine abacus; there are auto, onnx, tfjs, tfjs-node-gpu, tfjs-node, tfjs-cpu\n"
    )
    expect(await bica("digest", "nowhere")).toEqual({
      code: 2,
      out: "",
      err: "nowhere: there is no such run\nGive the folder that `bica run` printed on its last line.\n"
    })
  })
})

describe("formatting and building", () => {
  it("fmt writes what differs, fmt --check says it with exit code 1", async () => {
    write("loose.bica", small.replace("  grid       5 by 5", "      grid 5   by 5"))
    expect((await bica("fmt", "--check", "loose.bica", "tiny.bica")).code).toBe(1)
    expect(await bica("fmt", "loose.bica", "tiny.bica")).toEqual({ code: 0, out: "loose.bica\n", err: "" })
    expect(Fs.readFileSync(Path.join(folder, "work/loose.bica"), "utf8")).toBe(small)
    write("broken.bica", "agent {")
    expect((await bica("fmt", "broken.bica")).code).toBe(2)
    expect(Fs.readFileSync(Path.join(folder, "work/broken.bica"), "utf8")).toBe("agent {")
  })

  it("build writes the compiled file, build --check says with exit code 1 that it is missing or stale", async () => {
    expect(await bica("build", "tiny.bica", "--check")).toEqual({
      code: 1,
      out: "",
      err: "generated/tiny.ts: is missing; `bica build` writes it\n"
    })
    expect(await bica("build", "tiny.bica")).toEqual({ code: 0, out: "generated/tiny.ts\n", err: "" })
    expect(await bica("build", "tiny.bica", "--check")).toEqual({ code: 0, out: "", err: "" })
    Fs.appendFileSync(Path.join(folder, "work/generated/tiny.ts"), "// by hand\n")
    expect((await bica("build", "tiny.bica", "--check")).err).toBe(
      "generated/tiny.ts: is stale; `bica build` writes it\n"
    )
    expect((await bica("build", "tiny.bica", "--emit", "ts")).out).toBe(
      Fs.readFileSync(Path.join(folder, "work/generated/tiny.ts"), "utf8").replace("// by hand\n", "")
    )
    expect(JSON.parse((await bica("build", "tiny.bica", "--emit", "program")).out)).toMatchObject({ name: "tiny" })
  })

  it("what goes through a pipe is whole, also where the command ends with an error", () => {
    const terms = Array.from({ length: 100 }, (_, k) => `term t${k} = mean(nobody.policy)\n`)
    write("long.bica", terms.join(""))
    const { code, out } = started("build", "long.bica", "--emit", "cst")
    expect(code).toBe(2)
    expect(out.length).toBeGreaterThan(100_000) // a pipe holds 65,536
    expect(JSON.parse(out)).toHaveLength(100)
  })
})

describe("a run", { timeout: 240_000 }, () => {
  it("leaves what digest, measure, resume and plan speak of", async () => {
    const planned = JSON.parse(started("plan", "tiny.bica", "--json").out)
    const first = started("run", "tiny.bica")
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: "" })
    const run = lines(first.out).at(-1) ?? ""
    expect(run).toBe(`.bica/runs/${planned.run}`)

    const digest = await bica("digest", run)
    const artifacts = lines(digest.out).slice(0, -1)
    expect(artifacts).toEqual([...artifacts].sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)))
    const total = createHash("sha256")
      .update(artifacts.map((line) => `${line}\n`).join(""))
      .digest("hex")
    expect(lines(digest.out).at(-1)).toBe(`${total}  total`)
    const weights = Path.join(folder, "work", run, "stages/train/bica/seed-13/artifacts/weights.safetensors")
    const sha256 = createHash("sha256").update(Fs.readFileSync(weights)).digest("hex")
    expect(artifacts).toContain(`${sha256}  stages/train/bica/seed-13/weights.safetensors`)

    const measured = JSON.parse((await bica("measure", run, "--json")).out)
    const success = measured.measures.find(
      (row: { readonly metric: string; readonly by: string }) => row.metric === "success" && row.by === "planner"
    )
    expect(success).toMatchObject({ oracle: true, on: "map", seeds: [{ seed: 13, value: 1, high: 1, n: 16 }] })
    expect((await bica("measure", run)).out).toContain("on map  1 seed, 16 episodes each")

    const again = started("resume", run, "--json")
    const events = lines(again.out)
      .slice(0, -1)
      .map((line) => JSON.parse(line))
    expect(lines(again.out).at(-1)).toBe(run)
    expect(events.map((event) => event._tag)).toEqual([
      "RunStarted",
      ...planned.stages.map(() => "StageEnded"),
      "RunEnded"
    ])
    expect(events.filter((event) => event._tag === "StageEnded").every((event) => event.cached)).toBe(true)
    expect(await bica("digest", run)).toEqual(digest)
    expect(lines(started("plan", "tiny.bica").out).at(-1)).toBe("0 of 5 stages to run")
  })

  it("with another seed is another run, in the folder that is asked for", async () => {
    const { code, out } = started("run", "tiny.bica", "--seed", "7", "--runs", "elsewhere", "--json")
    expect(code).toBe(0)
    const last = JSON.parse(lines(out).at(-2) ?? "")
    expect(Path.dirname(last.folder)).toBe(Fs.realpathSync(Path.join(folder, "work/elsewhere")))
    expect(lines(out).some((line) => line.includes("train/bica/seed-7"))).toBe(true)
    expect(started("run", "tiny.bica", "--study", "mian")).toEqual({
      code: 2,
      out: "",
      err: "tiny: it has no study mian; it has: main\n"
    })
  })

  it("goes on only on the engine that it was made on", async () => {
    const { out } = started("run", "tiny.bica")
    const run = lines(out).at(-1) ?? ""
    const { code, err } = started("resume", run, "--engine", "tfjs-cpu")
    expect(code).toBe(3)
    expect(err).toContain(`${run}: was made by another version of bica or on another engine class than tfjs-cpu`)
  })

  it("that cannot be written ends with exit code 3", async () => {
    write("file", "")
    const { code, err } = started("run", "tiny.bica", "--runs", "file/runs")
    expect(code).toBe(3)
    expect(err).not.toContain("    at ")
    expect(err).toContain("work/file: a file stands where a folder should be")
  })
})
