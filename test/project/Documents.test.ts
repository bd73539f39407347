import { assert, describe, it } from "@effect/vitest"
import { NodeServices } from "@effect/platform-node"
import { Console, Effect } from "effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { execute } from "../../src/cli/CommandLine.ts"

const project = Path.resolve(import.meta.dirname, "../..")

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...Fs.readdirSync(Path.join(project, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => Path.join("docs", name))
].sort()

const read = (name: string): string => Fs.readFileSync(Path.join(project, name), "utf8")

/** The anchor that a heading gets. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-")

const anchors = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/^#+\s+(.*)$/gm)].map(([, heading]) => anchor(heading ?? "")))

/** What `bica <words> --help` prints. */
const help = (words: ReadonlyArray<string>): Effect.Effect<string, unknown> =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const console = { ...globalThis.console, log: (...parts: ReadonlyArray<unknown>) => lines.push(parts.join(" ")) }
    return execute("0.0.0", [...words, "--help"]).pipe(
      Effect.provideService(Console.Console, console),
      Effect.provide(NodeServices.layer),
      Effect.map(() => lines.join("\n"))
    )
  })

const subcommands = Effect.map(help([]), (text) =>
  [...text.slice(text.indexOf("SUBCOMMANDS")).matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name ?? "")
)

/** Commands as documents show them: lines of code blocks, and code within sentences. */
const shown = (text: string): ReadonlyArray<string> => {
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => (block ?? "").split("\n"))
  const spans = [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, span]) => span ?? "")
  return [...blocks, ...spans].flatMap((line) => {
    const command = /^(?:npm run (?:--silent )?bica -- |bica )(.*)$/.exec(line.trim())?.[1]
    return command === undefined ? [] : [command]
  })
}

describe("documents", () => {
  it.each(documents)("%s: every link leads somewhere", (name) => {
    for (const [, target] of read(name).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (target === undefined || /^[a-z]+:/.test(target)) continue
      const [path = "", fragment] = target.split("#")
      const file = path === "" ? name : Path.join(Path.dirname(name), path)
      assert.isTrue(Fs.existsSync(Path.join(project, file)), `${name} links to ${target}, which is not there`)
      if (fragment !== undefined) {
        assert.isTrue(anchors(read(file)).has(fragment), `${name} links to ${target}, and there is no such heading`)
      }
    }
  })

  it.effect("docs/cli.md has a section for every command, and none for another", () =>
    Effect.gen(function* () {
      const sections = [...read("docs/cli.md").matchAll(/^## bica ([a-z]+)$/gm)].map(([, name]) => name)
      assert.deepStrictEqual(sections, yield* subcommands)
    })
  )

  it.effect("every command and flag that a document shows exists, and docs/cli.md shows every flag", () =>
    Effect.gen(function* () {
      const names = yield* subcommands
      const flags = new Map<string, ReadonlySet<string>>()
      const global = new Set<string>()
      for (const name of names) {
        const text = yield* help([name])
        const own = text.slice(text.indexOf("FLAGS"), text.indexOf("GLOBAL FLAGS"))
        flags.set(name, new Set([...own.matchAll(/(?<![\w-])--?[a-z][a-z-]*/g)].map(([flag]) => flag)))
        for (const [flag] of text.slice(text.indexOf("GLOBAL FLAGS")).matchAll(/(?<![\w-])--[a-z][a-z-]*/g))
          global.add(flag)
      }
      for (const document of documents) {
        for (const command of shown(read(document))) {
          const name = command.split(/\s/)[0] ?? ""
          if (name.startsWith("-")) continue
          const known = flags.get(name)
          assert.isDefined(known, `${document} shows \`bica ${command}\`, and there is no command ${name}`)
          for (const [flag] of command.matchAll(/(?<![\w-])--?[a-z][a-z-]*/g)) {
            assert.isTrue(
              known?.has(flag) === true || global.has(flag),
              `${document} shows \`bica ${command}\`, and ${name} has no flag ${flag}`
            )
          }
        }
      }
      const sections = read("docs/cli.md")
        .split(/^## bica /m)
        .slice(1)
      for (const section of sections) {
        const name = section.split("\n")[0] ?? ""
        for (const flag of flags.get(name) ?? []) {
          assert.include(section, flag, `docs/cli.md does not say what ${flag} of bica ${name} does`)
        }
      }
    })
  )
})
