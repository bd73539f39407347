/**
 * The metadata of a run as an RO-Crate 1.2 (https://w3id.org/ro/crate/1.2) with the Process Run Crate profile 0.5: which program
 * made which file from what, with digests, seeds and versions, as flat JSON-LD.
 */
import type { Schema } from "effect"
import { sha256 } from "../store/Record.ts"
import type { Job } from "../verify/Identity.ts"
import type { Identity } from "../verify/Identity.ts"

export const crateName = "ro-crate-metadata.json"

const specification = "https://w3id.org/ro/crate/1.2"
const profile = "https://w3id.org/ro/wfrun/process/0.5"

/** What is written where the run's owner has said nothing: a crate must say something of its licence. */
export const noLicence = "No licence is stated; ask those who made the run."

/** A file of the crate. */
export interface CrateFile {
  /** Its path within the crate, with forward slashes. */
  readonly path: string
  readonly bytes: Uint8Array
  readonly description: string
  /** The label of the stage that made it; `undefined` for what was there before, null for what was put together from the run. */
  readonly from: string | null | undefined
}

export interface CrateContents {
  readonly run: string
  readonly identity: Identity
  readonly files: ReadonlyArray<CrateFile>
  /** Path of the .bica file within the crate. */
  readonly source: string
  /** Paths of the modules of code that it names. */
  readonly modules: ReadonlyArray<string>
  /** When the run was begun, and when each stage ended (ISO 8601), by label. */
  readonly created: string
  readonly ended: Readonly<Record<string, string>>
  readonly licence: string | undefined
}

type Entity = { readonly "@id": string; readonly "@type": string | ReadonlyArray<string> } & Readonly<
  Record<string, Schema.Json>
>

/** What modules of code are written in. */
const typescript = "#typescript"

const to = (id: string): Schema.Json => ({ "@id": id })
const each = (ids: ReadonlyArray<string>): Schema.Json => ids.map(to)

/** A path as the reference of a URI: each part escaped. */
const reference = (path: string): string => path.split("/").map(encodeURIComponent).join("/")

const formats: ReadonlyArray<readonly [ending: string, format: string]> = [
  [".csv", "text/csv"],
  [".json", "application/json"],
  [".html", "text/html"],
  [".svg", "image/svg+xml"],
  [".md", "text/markdown"],
  [".bica", "text/plain"],
  [".ts", "text/plain"]
]

const formatOf = (path: string): string =>
  formats.find(([ending]) => path.endsWith(ending))?.[1] ?? "application/octet-stream"

const actionOf = (label: string): string => `#${reference(label)}`
const seedOf = (seed: number): string => `#seed-${seed}`

const seedText = ({ objective, seed, variant }: Job): string =>
  `seed ${seed}${objective === null ? "" : `, objective ${objective}`}${variant === undefined ? "" : `, variant ${variant}`}`

/** The text of `ro-crate-metadata.json`: equal contents give equal bytes. */
export const encode = (contents: CrateContents): string => {
  const { created, ended, files, identity, licence, modules, run, source } = contents
  const { bica, environment, jobs, pipeline } = identity
  const ids = (wanted: (file: CrateFile) => boolean) => files.filter(wanted).map(({ path }) => reference(path))
  const engine = `#${environment.engine}`
  /** What was run: every action has it among what it read. */
  const code = [source, ...modules].map(reference)
  const gathered = ids(({ from }) => from === null)
  const isLicenceLink = licence !== undefined && /^https?:\/\//.test(licence)

  const actions = jobs
    .filter(({ label }) => ended[label] !== undefined)
    .map((job): Entity => {
      const { after, label, seed } = job
      const inputs = files.filter(({ from }) => typeof from === "string" && after.includes(from))
      const results = ids(({ from }) => from === label)
      return {
        "@id": actionOf(label),
        // an activity without a file of its own here gave numbers that are in the files put together from all stages
        "@type": results.length === 0 ? "ActivateAction" : "CreateAction",
        name: label,
        description: `Stage ${job.stage} of ${pipeline}: ${seedText(job)}, on ${environment.numericClass}; key ${job.key}`,
        instrument: to("#bica"),
        object: each([...code, seedOf(seed), ...inputs.map(({ path }) => reference(path))]),
        ...(results.length === 0 ? {} : { result: each(results) }),
        endTime: ended[label] ?? created,
        actionStatus: to("http://schema.org/CompletedActionStatus")
      }
    })
  const gathering: ReadonlyArray<Entity> =
    gathered.length === 0
      ? []
      : [
          {
            "@id": "#results",
            "@type": "CreateAction",
            name: `results of ${run}`,
            description: "What the stages gave, summed up over seeds, judged, and written in formats of other tools",
            instrument: to("#bica"),
            object: each([...code, ...ids(({ from }) => typeof from === "string")]),
            result: each(gathered)
          }
        ]
  const entities: ReadonlyArray<Entity> = [
    { "@id": crateName, "@type": "CreativeWork", conformsTo: to(specification), about: to("./") },
    {
      "@id": "./",
      "@type": "Dataset",
      name: `Run ${run} of ${pipeline}`,
      description: `What bica made of ${source}: trained weights, learning curves, measured values and verdicts, as far as they were exported.`,
      datePublished: created,
      license: isLicenceLink ? to(licence) : (licence ?? noLicence),
      conformsTo: to(profile),
      hasPart: each(ids(() => true)),
      mentions: each([...actions, ...gathering].map((action) => action["@id"]))
    },
    { "@id": specification, "@type": "CreativeWork", name: "RO-Crate Metadata Specification", version: "1.2" },
    { "@id": profile, "@type": "CreativeWork", name: "Process Run Crate", version: "0.5" },
    ...(isLicenceLink ? [{ "@id": licence, "@type": "CreativeWork", name: licence }] : []),
    {
      "@id": "#bica",
      "@type": "SoftwareApplication",
      name: "bica",
      description: "A language and runtime for experiments on humans and AI adapting to each other",
      softwareVersion: bica,
      softwareRequirements: each([engine, "#node"])
    },
    {
      "@id": engine,
      "@type": "SoftwareApplication",
      name: environment.engine,
      description: `The engine that computed; numeric class ${environment.numericClass}`,
      softwareVersion: environment.version
    },
    {
      "@id": "#node",
      "@type": "SoftwareApplication",
      name: "Node.js",
      softwareVersion: environment.node,
      operatingSystem: environment.platform
    },
    ...[...new Set(jobs.map(({ seed }) => seed))].map((seed): Entity => ({
      "@id": seedOf(seed),
      "@type": "PropertyValue",
      name: "seed",
      value: seed
    })),
    ...actions,
    ...gathering,
    ...(modules.length === 0
      ? []
      : [
          { "@id": typescript, "@type": "ComputerLanguage", name: "TypeScript", url: "https://www.typescriptlang.org/" }
        ]),
    ...files.map(({ bytes, description, path }): Entity => ({
      "@id": reference(path),
      "@type": modules.includes(path) ? ["File", "SoftwareSourceCode"] : "File",
      name: path,
      description,
      ...(modules.includes(path) ? { programmingLanguage: to(typescript) } : {}),
      encodingFormat: formatOf(path),
      contentSize: String(bytes.length),
      sha256: sha256(bytes)
    }))
  ]
  return `${JSON.stringify({ "@context": `${specification}/context`, "@graph": entities }, null, 1)}\n`
}
