/** Writes the sources of the standard library into a module, so that the compiler reads no file: `node std/embed.ts`. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const folder = import.meta.dirname

/** The text of that module. */
export const embedded = (): string => {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".bica"))
    .toSorted()
  const entries = files.map((name) => {
    const text = readFileSync(join(folder, name), "utf8")
    const lines = text.replace(/\n$/, "").split("\n")
    return `  [\n    "std.${name.slice(0, -".bica".length)}",\n${lines.map((line) => `    ${JSON.stringify(`${line}\n`)}`).join(" +\n")}\n  ]`
  })
  return `/** The sources of the standard library, written here from \`std/\` by embed.ts. */\nexport const sources: ReadonlyMap<string, string> = new Map([\n${entries.join(",\n")}\n])\n`
}

/** Where the module stands. */
export const target = join(import.meta.dirname, "..", "src", "dsl", "library", "Sources.ts")

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, embedded())
