/** Run folders made by hand: the files of a run with the digests that belong to them. */
import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"

export interface StageFiles {
  readonly label: string
  readonly stage: string
  readonly objective: string | null
  readonly variant?: string
  readonly seed: number
  /** Absent: the stage has not ended. */
  readonly files?: Readonly<Record<string, string>>
}

export interface RunFiles {
  readonly name: string
  readonly pipeline: string
  readonly source: string
  readonly statements: Readonly<Record<string, string>>
  readonly stages: ReadonlyArray<StageFiles>
  readonly request?: object
  /** Absent: the run was not summed up. */
  readonly measures?: object
  readonly claims?: object
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

const recorded = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, { sha256: sha256(text), bytes: Buffer.byteLength(text) }])
  )

/** Writes a run below `runs` and returns its folder. */
export const writeRun = (runs: string, run: RunFiles): string => {
  const folder = Path.join(runs, run.name)
  const write = (name: string, text: string) => {
    const path = Path.join(folder, name)
    Fs.mkdirSync(Path.dirname(path), { recursive: true })
    Fs.writeFileSync(path, text)
  }
  write("run.json", json({ format: "bica-run/1", name: run.name, created: "2026-02-03T04:05:06.789Z" }))
  write("source.bica", run.source)
  write(
    "request.json",
    json({
      format: "bica-request/1",
      file: `pipelines/${run.pipeline}.bica`,
      study: null,
      seed: null,
      engine: "onnx",
      bica: "0.1.0",
      ...run.request
    })
  )
  const keyOf = (label: string) => sha256(label)
  write(
    "identity.json",
    json({
      format: "bica-identity/1",
      pipeline: run.pipeline,
      bica: "0.1.0",
      numerics: 3,
      environment: {
        node: "24.21.0",
        platform: "linux-x64",
        instructions: "x64-avx2",
        engine: "onnx",
        version: "onnxruntime-node 1.30.0",
        numericClass: "onnx; x64-avx2; 1 thread",
        threads: 1
      },
      meaning: {},
      statements: run.statements,
      jobs: run.stages.map(({ label, objective, seed, stage, variant }) => ({
        label,
        key: keyOf(label),
        stage,
        objective,
        ...(variant === undefined ? {} : { variant }),
        seed,
        after: []
      }))
    })
  )
  for (const { files, label } of run.stages) {
    const here = `stages/${label}`
    write(
      `${here}/stage.json`,
      json({
        format: "bica-stage/1",
        label,
        key: keyOf(label),
        status: files === undefined ? "open" : "ended",
        since: "2026-02-03T04:05:07.000Z"
      })
    )
    if (files === undefined) continue
    for (const [name, text] of Object.entries(files)) write(`${here}/artifacts/${name}`, text)
    write(
      `${here}/artifacts/manifest.json`,
      json({ format: "bica-manifest/1", key: keyOf(label), files: recorded(files) })
    )
  }
  const top = {
    ...(run.claims === undefined ? {} : { "claims.json": json(run.claims) }),
    ...(run.measures === undefined ? {} : { "measures.json": json(run.measures) })
  }
  for (const [name, text] of Object.entries(top)) write(name, text)
  write("artifacts.json", json({ format: "bica-artifacts/1", files: recorded(top) }))
  return folder
}
