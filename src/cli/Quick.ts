/**
 * The commands that editors' hooks and scripts call all day, without Effect and the command line's library: loading those takes longer
 * than the work. Words of which anything is not plain are left to the whole command line.
 */
import type { Ended } from "./ExitCodes.ts"
import { version } from "./Installation.ts"
import { readText } from "./Text.ts"

/** Read one after the other, as they are asked for. */
function* texts(names: ReadonlyArray<string>) {
  for (const name of names) yield readText(name)
}

/** Files and flags of a command, each flag named at most once, no word that could be anything else; else undefined. */
const plain = (
  words: ReadonlyArray<string>,
  known: ReadonlyArray<string>
): { readonly files: ReadonlyArray<string>; readonly flags: ReadonlySet<string> } | undefined => {
  const written = words.filter((word) => word.startsWith("-"))
  const flags = new Set(written)
  const files = words.filter((word) => !flags.has(word))
  const isPlain =
    files.length > 0 &&
    files.every((file) => file.endsWith(".bica")) &&
    flags.size === written.length &&
    written.every((flag) => known.includes(flag))
  return isPlain ? { files, flags } : undefined
}

/** The work that words ask for, where it needs nothing but the compiler; undefined where the whole command line is to read them. */
export const quick = async ([command, ...words]: ReadonlyArray<string>): Promise<(() => Ended) | undefined> => {
  if (command === "--version" && words.length === 0) {
    return () => {
      process.stdout.write(`bica ${version}\n`)
      return { exitCode: 0, lines: [] }
    }
  }
  if (command === "check") {
    const asked = plain(words, ["--json", "--sarif"])
    if (asked === undefined) return undefined
    const { files, flags } = asked
    const { checkFiles } = await import("./Checking.ts")
    return () => checkFiles({ json: flags.has("--json"), sarif: flags.has("--sarif") }, texts(files))
  }
  if (command === "fmt") {
    const asked = plain(words, ["--check"])
    if (asked === undefined) return undefined
    const { formatFiles } = await import("./Formatting.ts")
    return () => formatFiles({ files: asked.files, check: asked.flags.has("--check") })
  }
  return undefined
}
