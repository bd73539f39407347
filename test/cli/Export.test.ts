import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Workplace } from "./Workplace.ts"
import { fixture, lastLine, makeWorkplace } from "./Workplace.ts"

let place: Workplace
let run = ""
beforeAll(async () => {
  place = makeWorkplace()
  place.write("tiny.bica", fixture("tiny.bica"))
  const first = place.started("run", "tiny.bica")
  expect([first.code, first.err]).toEqual([0, ""])
  run = lastLine(first.out)
  const { code, err, out } = await place.bica(
    "export",
    run,
    "--to",
    "out",
    "--license",
    "https://spdx.org/licenses/MIT"
  )
  expect([code, err]).toEqual([0, ""])
  expect(out.trimEnd().split("\n").sort()).toEqual(below("out").map((name) => `out/${name}`))
}, 60_000)
afterAll(() => place.remove())

const at = (...parts: ReadonlyArray<string>) => Path.join(place.folder, ...parts)

const below = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(at(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => Path.relative(at(folder), Path.join(entry.parentPath, entry.name)))
    .sort()

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

// ---- an event file, read by the formats' own descriptions: TFRecord frames, protobuf's wire format, Event and Summary

/** CRC-32C bit by bit, masked as TFRecord does. */
const maskedCrc = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const odd = (crc ^ (byte >>> bit)) & 1
      crc = (crc >>> 1) ^ (odd === 1 ? 0x82f63b78 : 0)
    }
  }
  const sum = ~crc >>> 0
  return Number((BigInt((sum >>> 15) | ((sum << 17) >>> 0)) + 0xa282ead8n) & 0xffffffffn)
}

type Field = { readonly field: number; readonly wire: number; readonly bytes: Buffer; readonly number: number }

const fieldsOf = (message: Buffer): ReadonlyArray<Field> => {
  const found: Array<Field> = []
  let at = 0
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number(value)
    }
  }
  while (at < message.length) {
    const tag = varint()
    const wire = tag % 8
    const number = wire === 0 ? varint() : 0
    const length = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? varint() : 0
    found.push({ field: (tag - wire) / 8, wire, bytes: message.subarray(at, at + length), number })
    at += length
  }
  return found
}

const scalarsOf = (bytes: Buffer) => {
  const scalars: Array<readonly [tag: string, step: number, value: number]> = []
  const versions: Array<string> = []
  let at = 0
  while (at < bytes.length) {
    const length = Number(bytes.readBigUInt64LE(at))
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc(bytes.subarray(at, at + 8)))
    const message = bytes.subarray(at + 12, at + 12 + length)
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc(message))
    at += length + 16
    const event = fieldsOf(message)
    const step = event.find(({ field }) => field === 2)?.number ?? 0
    for (const { bytes: version, field } of event) if (field === 3) versions.push(version.toString())
    for (const { bytes: summary, field } of event) {
      if (field !== 5) continue
      for (const { bytes: value } of fieldsOf(summary)) {
        const parts = fieldsOf(value)
        const tag = parts.find((part) => part.field === 1)?.bytes.toString() ?? ""
        scalars.push([tag, step, parts.find((part) => part.field === 2)?.bytes.readFloatLE() ?? Number.NaN])
      }
    }
  }
  expect(at).toBe(bytes.length)
  expect(versions).toEqual(["brain.Event:2"])
  return scalars
}

describe("bica export", () => {
  it("gives weights and curves as the stages gave them", async () => {
    const stage = "train/bica/seed-1"
    for (const [path, name] of [
      [`weights/${stage}/weights.safetensors`, "weights.safetensors"],
      [`metrics/${stage}/curve.csv`, "curve.csv"]
    ] as const) {
      const original = Fs.readFileSync(at(run, "stages", stage, "artifacts", name))
      expect(digestOf(Fs.readFileSync(at("out", path)))).toBe(digestOf(original))
    }
  })

  it("gives measured values and claims as CSV and JSON that agree with `bica measure`", async () => {
    const { claims, measures } = JSON.parse((await place.bica("measure", run, "--json")).out)
    const rows = place.read("out/metrics/measures.csv").trimEnd().split("\n").slice(1)
    const values = measures.flatMap((row: { readonly seeds: ReadonlyArray<{ readonly value: number }> }) =>
      row.seeds.map(({ value }) => value)
    )
    expect(rows.map((row) => Number(row.split(",")[7]))).toEqual(values)
    expect(place.read("out/metrics/claims.csv").split("\n")[1]).toMatch(
      new RegExp(`^planner_is_ahead,holds,${claims[0].margin.mean},`)
    )
    const metrics = JSON.parse(place.read("out/metrics/metrics.json"))
    expect(metrics.measured.map(({ value }: { readonly value: number }) => value)).toEqual(values)
    expect(metrics.curves["train/bica/seed-2"].update).toEqual([0, 1, 2, 3])
  })

  it("gives event files from which another reader gets every number of the curve", () => {
    const stage = "train/bica/seed-1"
    const [head = [], ...rows] = place
      .read(`out/metrics/${stage}/curve.csv`)
      .trimEnd()
      .split("\n")
      .map((row) => row.split(","))
    const expected = rows.flatMap((row, update) =>
      row.flatMap((cell, column) => {
        const name = head[column] ?? ""
        return name === "update" || cell === "" ? [] : [[name.replace(".", "/"), update + 1, Math.fround(Number(cell))]]
      })
    )
    expect(expected.length).toBeGreaterThan(20)
    const file = at("out/tensorboard", stage, "events.out.tfevents.0000000000.bica")
    expect(scalarsOf(Fs.readFileSync(file))).toEqual(expected)
    const oracles = at("out/tensorboard/oracles/seed-1/events.out.tfevents.0000000000.bica")
    expect(scalarsOf(Fs.readFileSync(oracles)).map(([tag]) => tag)).toEqual([
      "measured/success of planner (oracle) on map",
      "measured/steps of planner (oracle) on map"
    ])
  })

  it("writes the same bytes whenever it is called", async () => {
    await place.bica("export", run, "--to", "again", "--license", "https://spdx.org/licenses/MIT")
    expect(below("again")).toEqual(below("out"))
    for (const name of below("out")) {
      expect([name, digestOf(Fs.readFileSync(at("again", name)))]).toEqual([
        name,
        digestOf(Fs.readFileSync(at("out", name)))
      ])
    }
  })

  it("of one format writes that one, of a crate alone everything", async () => {
    await place.bica("export", run, "--to", "csv", "--csv")
    expect(below("csv")).toEqual([
      "metrics/claims.csv",
      "metrics/measures.csv",
      "metrics/train/bica/seed-1/curve.csv",
      "metrics/train/bica/seed-2/curve.csv"
    ])
    await place.bica("export", run, "--to", "crate", "--ro-crate")
    expect(below("crate")).toEqual(below("out"))
    await place.bica("export", run, "--to", "both", "--json", "--ro-crate")
    expect(below("both")).toEqual(["metrics/metrics.json", "ro-crate-metadata.json", "tiny.bica"])
  })

  it("leaves a folder that is not empty alone, and nothing behind where it cannot write", async () => {
    const before = below("out")
    expect(await place.bica("export", run, "--to", "out")).toEqual({
      code: 2,
      out: "",
      err: "out: is there and not empty\nGive a new folder: files of two exports would be mixed.\n"
    })
    expect(below("out")).toEqual(before)
    const { code, err } = await place.bica("export", run, "--to", "tiny.bica/out")
    expect([code, err.startsWith("tiny.bica/out: could not be written: ")]).toEqual([3, true])
    expect((await place.bica("export", "nowhere", "--to", "x")).code).toBe(2)
  })
})

// ---- the crate -------------------------------------------------------------------------------------------------

interface Entity {
  readonly "@id": string
  readonly "@type": string
  readonly [property: string]: unknown
}

const graphOf = (folder: string): ReadonlyArray<Entity> =>
  JSON.parse(place.read(`${folder}/ro-crate-metadata.json`))["@graph"]

const entity = (graph: ReadonlyArray<Entity>, id: string): Entity => {
  const found = graph.filter((each) => each["@id"] === id)
  expect([id, found.length]).toEqual([id, 1])
  return found[0] ?? { "@id": id, "@type": "" }
}

/** What the RO-Crate library of this project's tools exposes, as far as it is used. */
interface Library {
  readonly ROCrate: new (
    json: unknown,
    options: { readonly array: boolean; readonly link: boolean }
  ) => { readonly rootDataset: Record<string, unknown>; readonly resolveTerm: (term: string) => string | undefined }
  readonly Validator: new () => {
    readonly parseJSON: (json: string) => void
    readonly rootDataEntity: () => void
    readonly checkFiles: (files: Record<string, { exists: boolean; isDir: boolean }>) => void
    readonly results: ReadonlyArray<{ readonly status: string; readonly message: string }>
  }
}

describe("the RO-Crate", () => {
  it("is flat JSON-LD: entities with an identity each, and no reference that leads nowhere", () => {
    const document = JSON.parse(place.read("out/ro-crate-metadata.json"))
    expect(Object.keys(document)).toEqual(["@context", "@graph"])
    expect(document["@context"]).toBe("https://w3id.org/ro/crate/1.2/context")
    const graph = graphOf("out")
    const ids = graph.map((each) => each["@id"])
    expect(new Set(ids).size).toBe(ids.length)
    const follow = (value: unknown): void => {
      if (Array.isArray(value)) return value.forEach(follow)
      if (typeof value !== "object" || value === null) return
      expect(Object.keys(value)).toEqual(["@id"])
      const id = "@id" in value ? String(value["@id"]) : ""
      if (!id.startsWith("http://schema.org/")) expect(ids).toContain(id)
    }
    for (const { "@id": id, "@type": type, ...properties } of graph) {
      expect([typeof id, typeof type]).toEqual(["string", "string"])
      Object.values(properties).forEach(follow)
    }
  })

  it("describes every file with its size and sha256", () => {
    const graph = graphOf("out")
    const files = graph.filter((each) => each["@type"] === "File")
    expect(files.map((each) => each["@id"]).sort()).toEqual(
      below("out").filter((name) => name !== "ro-crate-metadata.json")
    )
    expect(entity(graph, "./").hasPart).toEqual(files.map((each) => ({ "@id": each["@id"] })))
    for (const { "@id": id, contentSize, sha256 } of files) {
      const bytes = Fs.readFileSync(at("out", id))
      expect([id, contentSize, sha256]).toEqual([id, String(bytes.length), digestOf(bytes)])
    }
  })

  it("says what made what from what: bica, the file, the seed, the weights that a test was played with", () => {
    const graph = graphOf("out")
    const root = entity(graph, "./")
    expect(root).toMatchObject({
      "@type": "Dataset",
      conformsTo: { "@id": "https://w3id.org/ro/wfrun/process/0.5" },
      license: { "@id": "https://spdx.org/licenses/MIT" }
    })
    expect(String(root.datePublished)).toMatch(/^\d{4}-\d\d-\d\dT/)
    const train = entity(graph, "#train/bica/seed-1")
    expect(train).toMatchObject({
      "@type": "CreateAction",
      instrument: { "@id": "#bica" },
      object: [{ "@id": "tiny.bica" }, { "@id": "#seed-1" }],
      result: expect.arrayContaining([
        { "@id": "metrics/train/bica/seed-1/curve.csv" },
        { "@id": "weights/train/bica/seed-1/weights.safetensors" }
      ])
    })
    expect(String(train.endTime)).toMatch(/^\d{4}-\d\d-\d\dT/)
    expect(entity(graph, "#test/bica/seed-1").object).toContainEqual({
      "@id": "weights/train/bica/seed-1/weights.safetensors"
    })
    expect(entity(graph, "#seed-1")).toMatchObject({ "@type": "PropertyValue", value: 1 })
    expect(entity(graph, "#bica")).toMatchObject({ "@type": "SoftwareApplication" })
    expect(entity(graph, "#onnx").softwareVersion).toMatch(/^onnxruntime-node /)
    const actions = graph.filter((each) => each["@type"].endsWith("Action")).map((each) => ({ "@id": each["@id"] }))
    expect(root.mentions).toEqual(actions)
    expect(actions).toHaveLength(7)
  })

  it("uses only terms of the RO-Crate context, and passes the library's validator with its files", () => {
    const { ROCrate, Validator }: Library = createRequire(import.meta.url)("ro-crate")
    const text = place.read("out/ro-crate-metadata.json")
    const validator = new Validator()
    validator.parseJSON(text)
    validator.rootDataEntity()
    const files = below("out").filter((name) => name !== "ro-crate-metadata.json")
    const present = files.map((name) => [name, { exists: true, isDir: false }] as const)
    validator.checkFiles(Object.fromEntries(present))
    expect(validator.results.filter(({ status }) => status !== "success")).toEqual([])
    expect(validator.results.length).toBeGreaterThan(6)
    const crate = new ROCrate(JSON.parse(text), { array: true, link: true })
    const terms = new Set(graphOf("out").flatMap((each) => [each["@type"], ...Object.keys(each).slice(2)]))
    for (const term of terms) expect([term, crate.resolveTerm(term)]).toEqual([term, expect.stringMatching(/^https?:/)])
  })

  it("says so when nobody has stated a licence", async () => {
    await place.bica("export", run, "--to", "unlicensed", "--ro-crate", "--json")
    expect(entity(graphOf("unlicensed"), "./").license).toBe("No licence is stated; ask those who made the run.")
  })
})
