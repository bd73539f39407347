/** The pipelines that are shipped, made so short that they end in seconds. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { expect } from "vitest"

const project = Path.resolve(import.meta.dirname, "../..")

/** The names of the files. */
export const pipelines: ReadonlyArray<string> = Fs.readdirSync(Path.join(project, "pipelines"))
  .filter((name) => name.endsWith(".bica"))
  .sort()

/** One of them with the same stages, agents, objectives and measures, of few episodes and updates and without variants. */
export const shortened = (name: string): string => {
  const text = Fs.readFileSync(Path.join(project, "pipelines", name), "utf8")
  const short = text
    .replace(/repeat \d+ times/g, "repeat 4 times")
    .replace(/rollout \d+ environments/g, "rollout 8 environments")
    .replace(/until (?:loss < [\d.]+ nats or )?\d+ updates/g, "until 4 updates")
    .replace(/^( +)environments \d+$/gm, "$1environments 8")
    .replace(/checkpoint every \d+/g, "checkpoint every 1")
    .replace(/(fit \S+) for \d+ updates \{[^}]*\}/g, "$1 for 4 updates { pool 1000  batch 32 }\n  checkpoint every 1")
    .replace(/(clicks +)\d+ steps/g, "$1 12 steps")
    .replace(/(catalogue +)\d+/g, "$1 256")
    .replace(/play \d+ episodes/g, "play 3 episodes")
    .replace(/seeds [\d, .]+/g, "seeds 1  ")
    .replace(/^study \w+ \{\s*from [^}]*\}\n/gm, "")
  expect(short).not.toBe(text)
  return short
}
