import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const project = Path.resolve(import.meta.dirname, "../..")

/** Offending snippets, each in the place where it offends, and the rules that must fire there (none: the counterpart is legal). */
const cases: ReadonlyArray<{ readonly path: string; readonly text: string; readonly rules: ReadonlyArray<string> }> = [
  {
    path: "src/runtime/measure/A.ts",
    text: "export const a = (x: any) => x\n",
    rules: ["typescript(no-explicit-any)"]
  },
  { path: "src/runtime/measure/B.ts", text: "export default 1\n", rules: ["import(no-default-export)"] },
  {
    path: "src/runtime/train/Draw.ts",
    text: "export const a = () => Math.random()\n",
    rules: ["eslint(no-restricted-properties)"]
  },
  {
    path: "src/runtime/train/Taken.ts",
    text: "const { random } = Math\nexport const a = random\n",
    rules: ["eslint(no-restricted-properties)"]
  },
  {
    path: "src/runtime/train/Now.ts",
    text: "export const a = () => Date.now()\n",
    rules: ["eslint(no-restricted-properties)"]
  },
  { path: "src/runtime/train/Today.ts", text: "export const a = new Date()\n", rules: ["bica(addressed-randomness)"] },
  { path: "src/runtime/train/Text.ts", text: "export const a = Date()\n", rules: ["bica(addressed-randomness)"] },
  { path: "src/runtime/train/Instant.ts", text: "export const a = new Date(0)\n", rules: [] },
  {
    path: "src/runtime/tensor/Sampled.ts",
    text: 'import * as tf from "@tensorflow/tfjs-core"\nexport const a = () => tf.randomNormal([2])\n',
    rules: ["bica(addressed-randomness)"]
  },
  {
    path: "src/runtime/tensor/Renamed.ts",
    text: 'import * as tfjs from "@tensorflow/tfjs-core"\nexport const a = tfjs.multinomial\n',
    rules: ["bica(addressed-randomness)"]
  },
  {
    path: "src/runtime/tensor/Named.ts",
    text: 'import { multinomial } from "@tensorflow/tfjs-core"\nexport const a = multinomial\n',
    rules: ["bica(addressed-randomness)"]
  },
  { path: "src/dsl/utils/Text.ts", text: "export const a = 1\n", rules: ["bica(telling-names)"] },
  { path: "src/runtime/helpers.ts", text: "export const a = 1\n", rules: ["bica(telling-names)"] },
  { path: "src/runtime/store/RunManager.ts", text: "export const a = 1\n", rules: ["bica(telling-names)"] },
  { path: "test/common/A.ts", text: "export const a = 1\n", rules: ["bica(telling-names)"] },
  {
    path: "src/dsl/check/Runtime.ts",
    text: 'import { a } from "../../runtime/train/Instant.ts"\nexport const b = a\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/dsl/check/TypeOnly.ts",
    text: 'import type { A } from "../../runtime/train/Instant.ts"\nexport type B = A\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/dsl/check/Files.ts",
    text: 'import * as Fs from "node:fs"\nexport const a = Fs\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/dsl/check/Later.ts",
    text: 'export const a = () => import("node:fs/promises")\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/dsl/check/Declared.ts",
    text: 'export { a } from "../../declaration/Plain.ts"\n',
    rules: []
  },
  { path: "src/declaration/Plain.ts", text: "export const a = 1\n", rules: [] },
  {
    path: "src/declaration/Effectful.ts",
    text: 'import { Effect } from "effect"\nexport const a = Effect.void\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/declaration/Upward.ts",
    text: 'export { a } from "../dsl/check/Declared.ts"\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/runtime/train/Language.ts",
    text: 'export { a } from "../../dsl/check/Declared.ts"\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/runtime/train/Front.ts",
    text: 'export { a } from "../../cli/Both.ts"\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/cli/Both.ts",
    text: 'export { a } from "../dsl/check/Declared.ts"\nexport { a as b } from "../runtime/train/Instant.ts"\n',
    rules: []
  },
  {
    path: "src/runtime/loss/Tensors.ts",
    text: 'import * as tf from "@tensorflow/tfjs-core"\nexport const a = tf\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/runtime/engine/tfjs/Direct.ts",
    text: 'import * as tf from "@tensorflow/tfjs-core"\nexport const a = tf\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/runtime/engine/tfjs/Onnx.ts",
    text: 'export const a = () => import("onnxruntime-node")\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/runtime/engine/onnx/Onnx.ts",
    text: 'export const a = () => import("onnxruntime-node")\n',
    rules: []
  },
  {
    path: "src/runtime/graph/Executed.ts",
    text: 'export { a } from "../engine/onnx/Onnx.ts"\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/runtime/graph/Outside.ts",
    text: 'export { a } from "../../../test/Fixture.ts"\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/runtime/report/Tree.ts",
    text: 'import { Project } from "ts-morph"\nexport const a = Project\n',
    rules: ["bica(import-direction)"]
  },
  {
    path: "src/runtime/agent/Left.ts",
    text: 'import { right } from "./Right.ts"\nexport const left = () => right\n',
    rules: ["import(no-cycle)"]
  },
  {
    path: "src/runtime/agent/Right.ts",
    text: 'import { left } from "./Left.ts"\nexport const right = () => left\n',
    rules: ["import(no-cycle)"]
  }
]

interface Finding {
  readonly code: string
  readonly filename: string
}

const isFindings = (value: unknown): value is { readonly diagnostics: ReadonlyArray<Finding> } =>
  typeof value === "object" && value !== null && "diagnostics" in value && Array.isArray(value.diagnostics)

let folder = ""
let findings: ReadonlyArray<Finding> = []

beforeAll(() => {
  folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-lint-"))
  Fs.cpSync(Path.join(project, "lint"), Path.join(folder, "lint"), { recursive: true })
  for (const name of [".oxlintrc.json", "tsconfig.json", "package.json"]) {
    Fs.copyFileSync(Path.join(project, name), Path.join(folder, name))
  }
  Fs.symlinkSync(Path.join(project, "node_modules"), Path.join(folder, "node_modules"))
  for (const { path, text } of cases) {
    Fs.mkdirSync(Path.dirname(Path.join(folder, path)), { recursive: true })
    Fs.writeFileSync(Path.join(folder, path), text)
  }
  const oxlint = Path.join(project, "node_modules/oxlint/bin/oxlint")
  const run = spawnSync(process.execPath, [oxlint, "--format", "json", "--threads", "1", "src", "test"], {
    cwd: folder,
    encoding: "utf8"
  })
  const parsed: unknown = JSON.parse(run.stdout)
  if (!isFindings(parsed)) throw new Error(`oxlint printed no findings: ${run.stdout}${run.stderr}`)
  findings = parsed.diagnostics
})

afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

describe("lint", () => {
  it.each(cases)("$path: $rules", ({ path, rules }) => {
    const here = findings.filter((finding) => finding.filename === path).map((finding) => finding.code)
    expect([...new Set(here)]).toEqual(rules)
  })
})
