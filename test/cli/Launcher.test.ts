import { spawn, spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const project = Path.resolve(import.meta.dirname, "../..")

/** Makes Node say that it is another version, until the launcher has handed over. */
const pretending = (version: string): ReadonlyArray<string> => {
  const code =
    `if (!process.env.BICA_HANDED_OVER) Object.defineProperty(process, "versions", ` +
    `{ value: { ...process.versions, node: "${version}" } })`
  return ["--import", `data:text/javascript,${encodeURIComponent(code)}`]
}

/** A package of its own around the launcher, with this main program. */
const packaged = (name: string, files: Readonly<Record<string, string>>, withPackages = true): string => {
  const root = Path.join(folder, name)
  Fs.mkdirSync(Path.join(root, "bin"), { recursive: true })
  for (const name of ["bica.js", "handover.js", "loading.js"]) {
    Fs.copyFileSync(Path.join(project, "bin", name), Path.join(root, "bin", name))
  }
  Fs.copyFileSync(Path.join(project, "package.json"), Path.join(root, "package.json"))
  if (withPackages) Fs.symlinkSync(Path.join(project, "node_modules"), Path.join(root, "node_modules"))
  for (const [path, text] of Object.entries(files)) {
    Fs.mkdirSync(Path.dirname(Path.join(root, path)), { recursive: true })
    Fs.writeFileSync(Path.join(root, path), text)
  }
  return Path.join(root, "bin/bica.js")
}

const run = (
  launcher: string,
  options: { readonly node?: string; readonly arguments?: ReadonlyArray<string> } = {}
) => {
  const flags = options.node === undefined ? [] : pretending(options.node)
  const ended = spawnSync(process.execPath, [...flags, launcher, ...(options.arguments ?? [])], {
    encoding: "utf8",
    cwd: folder,
    env: { ...process.env, BICA_HANDED_OVER: "" }
  })
  return { code: ended.status, signal: ended.signal, out: ended.stdout, err: ended.stderr }
}

let folder = ""
beforeAll(() => {
  folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-launcher-"))
})
afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

describe("the launcher", () => {
  it("starts the command line from the sources", () => {
    const { code, err, out } = run(Path.join(project, "bin/bica.js"), { arguments: ["--version"] })
    expect({ code, err, out }).toEqual({ code: 0, err: "", out: "bica 0.1.0\n" })
  })

  it("hands arguments, streams and exit code over when the Node that started it is too old", () => {
    const main = packaged("old", {
      "src/cli/main.ts":
        "const words: ReadonlyArray<string> = process.argv.slice(2)\n" +
        "process.stdout.write(`${process.versions.node} ${words.join(' ')} ${process.env.BICA_HANDED_OVER}`)\n" +
        "process.stderr.write('said')\n" +
        "process.exit(42)\n"
    })
    for (const old of ["18.0.0", "20.20.2", "22.18.9", "23.5.0"]) {
      const ended = run(main, { node: old, arguments: ["--seed", "a b"] })
      expect(ended).toEqual({ code: 42, signal: null, out: "24.21.0 --seed a b undefined", err: "said" })
    }
  })

  it("takes the Node that started it when that is new enough", () => {
    const main = packaged("new", { "src/cli/main.ts": "process.stdout.write(process.versions.node)\n" })
    for (const good of ["22.19.0", "23.6.0", "24.0.0", "26.1.0"]) expect(run(main, { node: good }).out).toBe(good)
  })

  it("says what is missing when no newer Node is there, with exit code 3", () => {
    const main = packaged("alone", { "src/cli/main.ts": "" }, false)
    const { code, err, out } = run(main, { node: "20.20.2" })
    expect(code).toBe(3)
    expect(out).toBe("")
    expect(err).toMatch(/^bica: needs Node 22\.19 or newer, this is 20\.20\.2, .*\n$/)
  })

  it("says that packages are missing, with exit code 3", () => {
    const main = packaged("bare", { "src/cli/main.ts": "import 'effect'\n" }, false)
    const { code, err } = run(main)
    expect(code).toBe(3)
    expect(err).toMatch(/^bica: its packages are not installed: run `npm ci` in .*\n$/)
  })

  it("runs what is newer of dist and src, and dist where there is no src", () => {
    const files = {
      "src/cli/main.ts": "process.stdout.write('src')\n",
      "src/dsl/deep/A.ts": "",
      "dist/cli/main.js": "process.stdout.write('dist')\n"
    }
    const main = packaged("both", files)
    const at = (path: string, seconds: number) => Fs.utimesSync(Path.join(folder, "both", path), seconds, seconds)
    at("src/cli/main.ts", 1000)
    at("src/dsl/deep/A.ts", 1000)
    at("dist/cli/main.js", 2000)
    expect(run(main).out).toBe("dist")
    at("src/dsl/deep/A.ts", 3000)
    expect(run(main).out).toBe("src")
    Fs.rmSync(Path.join(folder, "both/src"), { recursive: true })
    expect(run(main).out).toBe("dist")
  })

  it("gives a compiled pipeline outside the package this installation's runtime and effect", () => {
    Fs.writeFileSync(
      Path.join(folder, "pipeline.mts"),
      'import { Effect } from "effect"\nimport * as Context from "effect/Context"\nimport { here } from "bica/runtime"\n' +
        "export const same: unknown = [Effect, Context, here]\n"
    )
    const main = packaged("outside", {
      "src/runtime/index.ts": "export const here = 'source'\n",
      "src/cli/main.ts":
        'import { Effect } from "effect"\nimport * as Context from "effect/Context"\n' +
        'const { same } = await import("../../../pipeline.mts")\n' +
        "process.stdout.write(`${same[0] === Effect} ${same[1] === Context} ${same[2]}`)\n"
    })
    expect(run(main)).toEqual({ code: 0, signal: null, out: "true true source", err: "" })
  })

  it("leaves no process behind when it is killed after handing over", async () => {
    const main = packaged("killed", {
      "src/cli/main.ts": "process.stdout.write(`${process.pid}\\n`)\nsetInterval(() => {}, 1000)\n"
    })
    const launched = spawn(process.execPath, [...pretending("20.0.0"), main], { stdio: ["ignore", "pipe", "inherit"] })
    const pid = await new Promise<number>((resolve) => launched.stdout.once("data", (text) => resolve(Number(text))))
    expect(pid).not.toBe(launched.pid)
    // The pipe closes when the last process that holds it has ended, so this waits for the child as well.
    const closed = new Promise((resolve) => launched.once("close", (_, signal) => resolve(signal)))
    launched.kill("SIGKILL")
    expect(await closed).toBe("SIGKILL")
  })

  it("passes a signal on and ends by it", async () => {
    const main = packaged("ended", {
      "src/cli/main.ts": "process.stdout.write(`${process.pid}\\n`)\nsetInterval(() => {}, 1000)\n"
    })
    const launched = spawn(process.execPath, [...pretending("20.0.0"), main], { stdio: ["ignore", "pipe", "inherit"] })
    await new Promise((resolve) => launched.stdout.once("data", resolve))
    const closed = new Promise((resolve) => launched.once("close", (_, signal) => resolve(signal)))
    launched.kill("SIGTERM")
    expect(await closed).toBe("SIGTERM")
  })
})
