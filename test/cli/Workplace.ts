/** A folder to run commands in, as a user does. */
import { NodeServices } from "@effect/platform-node"
import { Cause, Effect, Exit } from "effect"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { vi } from "vitest"
import { execute } from "../../src/cli/CommandLine.ts"
import { exitCode, report } from "../../src/cli/Ending.ts"

const project = Path.resolve(import.meta.dirname, "../..")
export const command = Path.join(project, "bin/bica.js")

/** The text of a file of test/cli/fixtures. */
export const fixture = (name: string): string =>
  Fs.readFileSync(Path.join(import.meta.dirname, "fixtures", name), "utf8")

export interface Said {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Workplace {
  readonly folder: string
  /** Where the processes put what they need for a moment. */
  readonly temporary: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Runs a command in a process of its own. */
  readonly started: (...words: ReadonlyArray<string>) => Said
  /** Runs a command that loads no compiled pipeline in this process, which is ten times faster. */
  readonly bica: (...words: ReadonlyArray<string>) => Promise<Said>
  readonly write: (name: string, text: string) => void
  readonly read: (name: string) => string
  readonly remove: () => void
}

export const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? ""

/** An empty folder. */
export const makeWorkplace = (): Workplace => {
  const folder = Fs.realpathSync(Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-work-")))
  const temporary = Path.join(folder, "temporary")
  Fs.mkdirSync(temporary)
  const environment = { PATH: process.env.PATH, XDG_CACHE_HOME: Path.join(folder, "cache"), TMPDIR: temporary }
  return {
    folder,
    temporary,
    environment,
    started: (...words) => {
      const ended = spawnSync(process.execPath, [command, ...words], {
        cwd: folder,
        encoding: "utf8",
        env: environment
      })
      return { code: ended.status, out: ended.stdout, err: ended.stderr }
    },
    bica: async (...words) => {
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
        const exit = await Effect.runPromiseExit(execute("0.0.0", words).pipe(Effect.provide(NodeServices.layer)))
        const cause = Exit.isSuccess(exit) ? Cause.empty : exit.cause
        if (Exit.isFailure(exit)) for (const line of report(cause, true)) said.err += `${line}\n`
        return { code: Exit.isSuccess(exit) ? 0 : exitCode(cause), ...said }
      } finally {
        process.chdir(before)
        for (const spy of spies) spy.mockRestore()
      }
    },
    write: (name, text) => Fs.writeFileSync(Path.join(folder, name), text),
    read: (name) => Fs.readFileSync(Path.join(folder, name), "utf8"),
    remove: () => Fs.rmSync(folder, { recursive: true, force: true })
  }
}
