/** Which commit a file was at: for the record of a run, where there is a git repository. */
import { Schema } from "effect"
import { spawnSync } from "node:child_process"
import * as Path from "node:path"

/** A commit, and whether the file is as that commit has it. */
export const Commit = Schema.Struct({ id: Schema.String, clean: Schema.Boolean })
export type Commit = typeof Commit.Type

/** The longest that git is waited for, in milliseconds. */
const patience = 5_000

/** What git says, or undefined: it is not installed, this is no repository, or it takes too long. */
const git = (folder: string, ...words: ReadonlyArray<string>): string | undefined => {
  const { error, status, stdout } = spawnSync("git", ["-C", folder, ...words], {
    encoding: "utf8",
    timeout: patience,
    stdio: ["ignore", "pipe", "ignore"]
  })
  const said = error === undefined && status === 0 ? stdout.trim() : ""
  return said === "" ? undefined : said
}

/**
 * The commit that is checked out where a file stands, or null. Only hashes are asked for, without filters, so that nothing which
 * a repository configures is run.
 */
export const commitOf = (file: string): Commit | null => {
  const folder = Path.dirname(Path.resolve(file))
  const name = Path.basename(file)
  const id = git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
  if (id === undefined || !/^[0-9a-f]{40,64}$/.test(id)) return null
  const committed = git(folder, "rev-parse", "--verify", "--quiet", `HEAD:./${name}`)
  const here = git(folder, "hash-object", "--no-filters", "--", name)
  return { id, clean: committed !== undefined && committed === here }
}
