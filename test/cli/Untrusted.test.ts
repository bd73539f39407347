/** What a file may make the commands do: nothing but read it. */
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { command, fixture, makeWorkplace } from "./Workplace.ts"
import type { Workplace } from "./Workplace.ts"

let place: Workplace
beforeAll(() => {
  place = makeWorkplace()
})
afterAll(() => place.remove())

const project = Path.dirname(Path.dirname(command))

/** A command that may read the project and one file, and may write, start and load nothing else. */
const confined = (file: string, ...words: ReadonlyArray<string>) => {
  const allowed = [`${project}/`, Path.join(place.folder, file)].map((path) => `--allow-fs-read=${path}`)
  const ended = spawnSync(process.execPath, ["--permission", ...allowed, command, ...words], {
    cwd: place.folder,
    encoding: "utf8",
    env: { ...place.environment, BICA_TRACE: "1" }
  })
  return { code: ended.status, said: ended.stdout + ended.stderr }
}

const codes = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/error\[(\w+)\]/g)].map(([, code]) => code ?? "")

describe("a file that is not trusted", () => {
  it("is checked without a look at any other file", () => {
    place.write("secret.bica", "environment map = MapTalk\n")
    place.write("run.ts", 'import { writeFileSync } from "node:fs"\nwriteFileSync("marker", "run")\n')
    place.write("package.json", '{ "type": "commonjs", "imports": { "#x": "./run.ts" } }')
    place.write("good.bica", fixture("small.bica"))
    const named = [
      'use "./run.ts" as a',
      'use "/etc/passwd" as b',
      'use "../secret.bica" as c',
      "study s { from secret }"
    ]
    place.write("bad.bica", `${named.join("\n")}\n${fixture("small.bica")}`)
    expect(confined("good.bica", "check", "good.bica")).toEqual({ code: 0, said: "good.bica: nothing wrong\n" })
    for (const words of [["check"], ["build", "--emit", "ts"]]) {
      const { code, said } = confined("bad.bica", ...words, "bad.bica")
      expect(code, said).toBe(2)
      expect(codes(said).length).toBeGreaterThan(0)
      expect(said).not.toContain("ERR_ACCESS_DENIED")
      expect(said).not.toContain("root:")
    }
    // What is not allowed is noticed.
    expect(confined("good.bica", "check", "secret.bica").code).not.toBe(0)
    expect(Fs.existsSync(Path.join(place.folder, "marker"))).toBe(false)
  })

  it("runs nothing when it is built, planned or formatted", async () => {
    place.write("run.ts", 'import { writeFileSync } from "node:fs"\nwriteFileSync("marker", "run")\n')
    place.write("bad.bica", `use "./run.ts" as a\n${fixture("small.bica")}`)
    for (const words of [["check"], ["build"], ["plan"], ["run"], ["explain"], ["fmt"]])
      await place.bica(...words, "bad.bica")
    expect(Fs.existsSync(Path.join(place.folder, "marker"))).toBe(false)
  })

  it("is read up to 1 MiB, however long it is", async () => {
    place.write("long.bica", `// ${"x".repeat(2 * 1024 * 1024)}\n`)
    expect(codes((await place.bica("check", "long.bica")).err)).toEqual(["BICA1002"])
    if (Fs.existsSync("/dev/zero")) {
      Fs.symlinkSync("/dev/zero", Path.join(place.folder, "endless.bica"))
      const { code, err } = await place.bica("check", "endless.bica")
      expect(code).toBe(2)
      expect(codes(err)).toEqual(["BICA1002"])
    }
  })

  it("has limits of nesting, of expressions and of words", async () => {
    place.write("nested.bica", `term t = ${"(".repeat(10_000)}`)
    place.write("expression.bica", `term t = ${"-".repeat(30_000)}1`)
    place.write("words.bica", "a ".repeat(70_000))
    const found = async (name: string) => codes((await place.bica("check", name)).err)
    expect(await found("nested.bica")).toEqual(["BICA1003"])
    expect(await found("expression.bica")).toEqual(["BICA1005"])
    expect(await found("words.bica")).toEqual(["BICA1002"])
  })

  it("expands to a bounded number of runs", async () => {
    const seeds = Array.from({ length: 20_000 }, (_, seed) => seed).join(", ")
    place.write("runs.bica", fixture("small.bica").replace(/seeds [\d, ]+/, `seeds ${seeds} `))
    for (const words of [["check"], ["plan"], ["run"]]) {
      const { code, err } = await place.bica(...words, "runs.bica")
      expect(code).toBe(2)
      expect(codes(err)).toEqual(["BICA5011"])
    }
  })

  it("names that are hostile to JavaScript or to a terminal are names", async () => {
    place.write("names.bica", "term __proto__ = constructor\nterm \u001b]0;x\u0007 = 1\n")
    const { code, err } = await place.bica("check", "names.bica")
    expect(code).toBe(2)
    expect(err).not.toContain("\u001b]")
    expect(err).not.toContain("\u0007")
  })
})

describe("what is found", () => {
  it("is written as SARIF for all files together, also for those that cannot be read", async () => {
    place.write("a.bica", "agent ai playes map.navigator { sees heading }\n")
    const { code, out } = await place.bica("check", "--sarif", "a.bica", "none.bica")
    const log: {
      readonly runs: ReadonlyArray<{ readonly results: ReadonlyArray<unknown>; readonly invocations: unknown }>
    } = JSON.parse(out)
    expect(code).toBe(2)
    expect(log.runs[0]?.results).toHaveLength(1)
    expect(log.runs[0]?.invocations).toMatchObject([{ executionSuccessful: false }])
    expect((await place.bica("check", "--json", "--sarif", "a.bica")).code).toBe(2)
  })

  it("is explained by its code, however it is typed, and the nearest are named", async () => {
    expect((await place.bica("explain", "BICA1202")).out).toMatch(/^# BICA1202: A bracket too many\n/)
    expect((await place.bica("explain", "bica1202")).out).toMatch(/^# BICA1202/)
    expect((await place.bica("explain", "1202")).out).toMatch(/^# BICA1202/)
    const { code, err } = await place.bica("explain", "BICA1203")
    expect(code).toBe(2)
    expect(err).toContain("BICA1203: there is no such code; near it: BICA1003, BICA1103, BICA1201, BICA1202, BICA1303")
    expect((await place.bica("explain", "BICA12")).err).toContain("near it: BICA1201, BICA1202")
  })
})
