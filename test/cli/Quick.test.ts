import { NodeServices } from "@effect/platform-node"
import { Cause, Effect, Exit } from "effect"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { execute } from "../../src/cli/CommandLine.ts"
import { exitCode, report } from "../../src/cli/Ending.ts"
import { quick } from "../../src/cli/Quick.ts"

const project = Path.resolve(import.meta.dirname, "../..")

let folder = ""
let names: ReadonlyArray<string> = []
const place = (name: string) => Path.join(folder, name)

beforeAll(() => {
  folder = Fs.realpathSync(Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-quick-")))
  for (const from of ["test/golden/good", "test/golden/bad", "test/golden/syntax/bad", "pipelines"]) {
    for (const name of Fs.readdirSync(Path.join(project, from))) {
      if (name.endsWith(".bica") || name.endsWith(".ts")) {
        Fs.copyFileSync(Path.join(project, from, name), place(`${from.replaceAll("/", "_")}_${name}`))
      }
    }
  }
  const whole = Fs.readFileSync(Path.join(project, "pipelines/maptalk.bica"), "utf8")
  Fs.writeFileSync(place("empty.bica"), "")
  Fs.writeFileSync(place("long.bica"), " ".repeat(1_048_577))
  Fs.writeFileSync(place("bytes.bica"), Uint8Array.of(0x75, 0x73, 0x65, 0x20, 0xff, 0xfe))
  Fs.writeFileSync(place("loose.bica"), whole.replaceAll("{", "  {"))
  Fs.writeFileSync(place("coded.bica"), `${whole}\nuse silence from "./nowhere.ts"\n`)
  Fs.mkdirSync(place("folder.bica"))
  Fs.symlinkSync(place("circle.bica"), place("circle.bica"))
  names = [...Fs.readdirSync(folder).filter((name) => name.endsWith(".bica")), "missing.bica", "no/such.bica"].sort()
})
afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** What `work` says and the exit code that it gives, in the folder. */
const hearing = async (work: (say: (line: string) => void) => number | Promise<number>): Promise<Said> => {
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
  process.chdir(folder)
  try {
    const code = await work((line) => void hear("err")(`${line}\n`))
    return { code, ...said }
  } finally {
    process.chdir(before)
    for (const spy of spies) spy.mockRestore()
  }
}

const wholly = (...words: ReadonlyArray<string>): Promise<Said> =>
  hearing(async (say) => {
    const exit = await Effect.runPromiseExit(execute("0.0.0", words).pipe(Effect.provide(NodeServices.layer)))
    const cause = Exit.isSuccess(exit) ? Cause.empty : exit.cause
    if (Exit.isFailure(exit)) for (const line of report(cause, false)) say(line)
    return Exit.isSuccess(exit) ? 0 : exitCode(cause)
  })

const quickly = (...words: ReadonlyArray<string>): Promise<Said> =>
  hearing(async (say) => {
    const work = await quick(words)
    if (work === undefined) throw new Error(`the quick way does not take ${words.join(" ")}`)
    const { exitCode, lines } = work()
    for (const line of lines) say(line)
    return exitCode
  })

/** Runs the command in a process of its own. */
const started = (...words: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [Path.join(project, "bin/bica.js"), ...words], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env.PATH, XDG_CACHE_HOME: Path.join(folder, "cache") }
  })
  return { code: status, out: stdout, err: stderr }
}

describe("the quick way of check, fmt and --version", { timeout: 120_000 }, () => {
  it("says of every golden file, pipeline and unreadable file what the whole command line says", async () => {
    const codes = new Map<string, Set<number>>()
    for (const name of names) {
      for (const words of [
        ["check", name],
        ["fmt", "--check", name]
      ]) {
        const said = await quickly(...words)
        expect(said, words.join(" ")).toEqual(await wholly(...words))
        codes.set(words[0] ?? "", (codes.get(words[0] ?? "") ?? new Set()).add(said.code))
      }
    }
    expect([...(codes.get("check") ?? [])].sort()).toEqual([0, 2])
    expect([...(codes.get("fmt") ?? [])].sort()).toEqual([0, 1, 2])
  })

  it("says it of many files at once and in every form", async () => {
    for (const form of [[], ["--json"], ["--sarif"], ["--json", "--sarif"]]) {
      expect(await quickly("check", ...form, ...names)).toEqual(await wholly("check", ...form, ...names))
    }
    const behind = ["check", "loose.bica", "--json", "missing.bica"]
    expect(await quickly(...behind)).toEqual(await wholly(...behind))
    expect(await quickly("fmt", "--check", ...names)).toEqual(await wholly("fmt", "--check", ...names))
  })

  it("writes what the whole command line writes", async () => {
    const loose = Fs.readFileSync(place("loose.bica"), "utf8")
    const words = ["fmt", "test_golden_syntax_bad_brackets-of-headers.bica", "loose.bica", "loose.bica", "missing.bica"]
    const left = [await quickly(...words), Fs.readFileSync(place("loose.bica"), "utf8")]
    Fs.writeFileSync(place("loose.bica"), loose)
    expect([await wholly(...words), Fs.readFileSync(place("loose.bica"), "utf8")]).toEqual(left)
    expect(left[0]).toMatchObject({ code: 2, out: "loose.bica\n" })
    expect(left[1]).not.toBe(loose)
    Fs.writeFileSync(place("loose.bica"), loose)
  })

  it("leaves to the whole command line what it does not know", async () => {
    const file = "pipelines_maptalk.bica"
    for (const words of [
      [],
      ["--version", file],
      ["--help"],
      ["check"],
      ["fmt"],
      ["check", "--json"],
      ["check", "--help", file],
      ["check", "--json", "true", file],
      ["check", "--json", "--json", file],
      ["check", "--json=true", file],
      ["check", "--allow-code", file],
      ["check", "--", file],
      ["check", "/dev/stdin"],
      ["check", ""],
      ["check", "."],
      ["fmt", "--json", file],
      ["fmt", "--check", "false", file],
      ["run", file],
      ["explain", file]
    ]) {
      expect(await quick(words), words.join(" ")).toBeUndefined()
    }
  })

  it("is what a process takes, with the same bytes and exit codes", () => {
    expect(started("--version")).toEqual({ code: 0, out: "bica 0.1.0\n", err: "" })
    const files = ["pipelines_maptalk.bica", "test_golden_bad_two_errors.bica", "missing.bica", "loose.bica"]
    for (const words of [
      ["check", ...files],
      ["check", "--sarif", ...files],
      ["check", "loose.bica"],
      ["fmt", "--check", "loose.bica"]
    ]) {
      // with --allow-code the whole command line is loaded; none of these files names a module
      expect(started(...words)).toEqual(started(...words, "--allow-code"))
    }
  })

  it("reports a fault of bica as the whole command line does", () => {
    // a machine on which nothing can be written as JSON
    const broken = `data:text/javascript,${encodeURIComponent("JSON.stringify = () => { throw new Error('no more') }")}`
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--import", broken, Path.join(project, "bin/bica.js"), "check", "--json", "loose.bica"],
      { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH, XDG_CACHE_HOME: Path.join(folder, "cache") } }
    )
    expect(status).toBe(70)
    expect(stderr).toBe(
      "bica: internal error: no more\n" +
        "This is a fault in bica, not in your file. With BICA_TRACE=1 it says where; please report it.\n"
    )
  })
})
