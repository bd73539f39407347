import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Option, Scope } from "effect"
import * as fc from "fast-check"
import * as Fs from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { type Checkpoint, Store } from "../../../src/runtime/store/Store.ts"
import { filesBelow, folder, storeLoggingTo } from "./Scratch.ts"

const text = (content: string) => new TextEncoder().encode(content)

const identity = { label: "train/bica/seed-13", key: "a".repeat(64) }

/** A checkpoint whose every part tells its update. */
const at = (update: number): Checkpoint => ({
  update,
  tensors: {
    "ai/w": { shape: [2, 2], data: new Float32Array([update, -0, 0.1, update]) },
    seen: { shape: [1], data: new Uint8Array([update]) }
  },
  state: { update, duals: [0.5, -0, 1e-300], streams: { z: 1, a: null }, done: false, note: "é" }
})

const updateOf = (found: Option.Option<Checkpoint>) =>
  Option.getOrNull(Option.map(found, (checkpoint) => checkpoint.update))

const flipBit = (file: string, bit: number) => {
  const bytes = Fs.readFileSync(file)
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  Fs.writeFileSync(file, bytes)
}

/** Runs a test in a scratch folder, with the store and the lines it logs. */
const scratch = <E>(
  body: (store: Store["Service"], runs: string, lines: Array<string>) => Effect.Effect<void, E, Scope.Scope>
) => {
  const lines: Array<string> = []
  return Effect.gen(function* () {
    const runs = yield* folder
    const store = yield* Store
    yield* body(store, runs, lines)
  }).pipe(Effect.scoped, Effect.provide(storeLoggingTo(lines)))
}

const warnings = (lines: ReadonlyArray<string>) => lines.filter((line) => line.startsWith("Warn"))

describe("checkpoints", () => {
  it.effect("come back bit for bit, the newest first, and two are kept", () =>
    scratch((store, runs, lines) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const stage = yield* run.stage(identity)
        assert.isTrue(Option.isNone(yield* stage.latest))
        for (const update of [5, 10, 15, 100]) yield* stage.checkpoint(at(update))
        const found = Option.getOrThrow(yield* stage.latest)
        assert.deepStrictEqual(found, at(100))
        const { duals, streams } = found.state as { duals: Array<number>; streams: object }
        assert.isTrue(Object.is(duals[1], -0))
        assert.deepStrictEqual(Object.keys(streams), ["z", "a"])
        assert.deepStrictEqual(filesBelow(join(runs, "r/stages")), [
          "train/bica/seed-13/checkpoints/00000015/manifest.json",
          "train/bica/seed-13/checkpoints/00000015/state.json",
          "train/bica/seed-13/checkpoints/00000015/tensors.safetensors",
          "train/bica/seed-13/checkpoints/00000100/manifest.json",
          "train/bica/seed-13/checkpoints/00000100/state.json",
          "train/bica/seed-13/checkpoints/00000100/tensors.safetensors",
          "train/bica/seed-13/stage.json"
        ])
        assert.deepStrictEqual(warnings(lines), [])
      })
    )
  )

  it.effect("survive the closing of the run", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const run = yield* store.open(runs, "r")
            yield* (yield* run.stage(identity)).checkpoint(at(3))
          })
        )
        const run = yield* store.open(runs, "r")
        assert.deepStrictEqual(Option.getOrThrow(yield* (yield* run.stage(identity)).latest), at(3))
      })
    )
  )

  const damages: ReadonlyArray<readonly [string, (checkpoint: string) => void, string]> = [
    [
      "a flipped bit in the tensors",
      (c) => flipBit(join(c, "tensors.safetensors"), 8 * 70 + 3),
      "tensors.safetensors: its sha256 is not the one recorded"
    ],
    [
      "a flipped bit in the state",
      (c) => flipBit(join(c, "state.json"), 8 * 10),
      "state.json: its sha256 is not the one recorded"
    ],
    ["a file cut short", (c) => Fs.truncateSync(join(c, "state.json"), 7), "state.json: it has 7 bytes instead of 88"],
    [
      "an empty file",
      (c) => Fs.truncateSync(join(c, "manifest.json"), 0),
      "manifest.json: the file is damaged: it is not a manifest"
    ],
    ["a missing file", (c) => Fs.rmSync(join(c, "tensors.safetensors")), "tensors.safetensors: the file is missing"],
    ["a missing manifest", (c) => Fs.rmSync(join(c, "manifest.json")), "manifest.json: the file is missing"],
    [
      "a folder for a file",
      (c) => {
        Fs.rmSync(join(c, "state.json"))
        Fs.mkdirSync(join(c, "state.json"))
      },
      "state.json: a folder stands where a file should be"
    ],
    [
      "a manifest that leads out of the folder",
      (c) => {
        const manifest = Fs.readFileSync(join(c, "manifest.json"), "utf8")
        Fs.writeFileSync(join(c, "manifest.json"), manifest.replace('"state.json"', '"../00000001/state.json"'))
      },
      'manifest.json: it names "../00000001/state.json", which is no file name'
    ]
  ]
  for (const [what, damage, reason] of damages) {
    it.effect(`with ${what} are reported and the one before is used`, () =>
      scratch((store, runs, lines) =>
        Effect.gen(function* () {
          const run = yield* store.open(runs, "r")
          const stage = yield* run.stage(identity)
          yield* stage.checkpoint(at(1))
          yield* stage.checkpoint(at(2))
          const newest = join(run.path, "stages/train/bica/seed-13/checkpoints/00000002")
          damage(newest)
          assert.deepStrictEqual(Option.getOrThrow(yield* stage.latest), at(1))
          const file = reason.slice(0, reason.indexOf(":"))
          assert.deepStrictEqual(warnings(lines), [
            `Warn ${join(newest, file)}: ${reason.slice(file.length + 2)}; the checkpoint of update 2 is skipped`
          ])
        })
      )
    )
  }

  it.effect("with any one bit flipped anywhere never load as something that was not written", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const stage = yield* run.stage(identity)
        yield* stage.checkpoint(at(1))
        yield* stage.checkpoint(at(2))
        const newest = join(run.path, "stages/train/bica/seed-13/checkpoints/00000002")
        const places = ["manifest.json", "state.json", "tensors.safetensors"].flatMap((name) => {
          const file = join(newest, name)
          return Array.from({ length: Fs.statSync(file).size * 8 }, (_, bit) => ({ file, bit }))
        })
        for (const { file, bit } of fc.sample(fc.constantFrom(...places), { numRuns: 150, seed: 4 })) {
          flipBit(file, bit)
          const found = Option.getOrThrow(yield* stage.latest)
          // Flips that leave the manifest's meaning alone (white space) may load; what loads is then exactly what was
          // written.
          assert.deepStrictEqual(found, at(found.update))
          if (!file.endsWith("manifest.json")) assert.strictEqual(found.update, 1)
          flipBit(file, bit)
        }
        assert.deepStrictEqual(Option.getOrThrow(yield* stage.latest), at(2))
      })
    )
  )

  it.effect("of another key, or of another update than their folder says, are skipped", () =>
    scratch((store, runs, lines) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const other = yield* run.stage({ label: "train/other", key: "b".repeat(64) })
        yield* other.checkpoint(at(9))
        const stage = yield* run.stage(identity)
        yield* stage.checkpoint(at(4))
        const checkpoints = join(run.path, "stages/train/bica/seed-13/checkpoints")
        Fs.cpSync(join(run.path, "stages/train/other/checkpoints/00000009"), join(checkpoints, "00000009"), {
          recursive: true
        })
        Fs.cpSync(join(checkpoints, "00000004"), join(checkpoints, "00000008"), { recursive: true })
        assert.strictEqual(updateOf(yield* stage.latest), 4)
        assert.deepStrictEqual(warnings(lines), [
          `Warn ${join(checkpoints, "00000009/manifest.json")}: it belongs to the key ${"b".repeat(64)}, not to ${"a".repeat(64)}; the checkpoint of update 9 is skipped`,
          `Warn ${join(checkpoints, "00000008/manifest.json")}: it is of update 4, not 8; the checkpoint of update 8 is skipped`
        ])
      })
    )
  )

  it.effect("are none when all are damaged", () =>
    scratch((store, runs, lines) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const stage = yield* run.stage(identity)
        for (const update of [1, 2]) {
          yield* stage.checkpoint(at(update))
          Fs.rmSync(join(run.path, `stages/train/bica/seed-13/checkpoints/0000000${update}/state.json`))
        }
        assert.isTrue(Option.isNone(yield* stage.latest))
        assert.strictEqual(warnings(lines).length, 2)
      })
    )
  )

  it.effect("that were damaged are replaced when the stage comes by again", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const stage = yield* run.stage(identity)
        const checkpoints = join(run.path, "stages/train/bica/seed-13/checkpoints")
        yield* stage.checkpoint(at(2))
        yield* stage.checkpoint(at(4))
        Fs.rmSync(join(checkpoints, "00000004/state.json"))
        yield* stage.checkpoint(at(3))
        assert.deepStrictEqual(Fs.readdirSync(checkpoints), ["00000002", "00000003"])
        Fs.rmSync(join(checkpoints, "00000003/state.json"))
        yield* stage.checkpoint(at(3))
        assert.deepStrictEqual(Option.getOrThrow(yield* stage.latest), at(3))
        assert.deepStrictEqual(Fs.readdirSync(checkpoints), ["00000002", "00000003"])
      })
    )
  )

  it.effect("that cannot be written whole are refused, and the one before is kept", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const stage = yield* run.stage(identity)
        yield* stage.checkpoint(at(1))
        const refused = (checkpoint: Checkpoint) =>
          Effect.map(Effect.flip(stage.checkpoint(checkpoint)), (error) => error.reason)
        assert.strictEqual(
          yield* refused({ ...at(2), state: { loss: [1, NaN] } }),
          "state.loss[1] is NaN, which JSON cannot hold"
        )
        assert.strictEqual(
          yield* refused({ ...at(2), tensors: { w: { shape: [3], data: new Float32Array(2) } } }),
          "tensor w: shape [3] does not hold 2 numbers"
        )
        assert.strictEqual(yield* refused(at(-1)), "-1 is not a number of updates")
        assert.strictEqual(yield* refused(at(0.5)), "0.5 is not a number of updates")
        assert.deepStrictEqual(Option.getOrThrow(yield* stage.latest), at(1))
      })
    )
  )
})

describe("a stage that has ended", () => {
  it.effect("gives its artifacts back and keeps no checkpoints", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const stage = yield* run.stage(identity)
        assert.isTrue(Option.isNone(yield* stage.completed))
        yield* stage.checkpoint(at(1))
        yield* stage.complete({ "weights.safetensors": text("w"), "metrics.csv": text("") })
        const again = yield* run.stage(identity)
        assert.deepStrictEqual(Option.getOrThrow(yield* again.completed), {
          "metrics.csv": text(""),
          "weights.safetensors": text("w")
        })
        assert.deepStrictEqual(filesBelow(join(run.path, "stages")), [
          "train/bica/seed-13/artifacts/manifest.json",
          "train/bica/seed-13/artifacts/metrics.csv",
          "train/bica/seed-13/artifacts/weights.safetensors",
          "train/bica/seed-13/stage.json"
        ])
      })
    )
  )

  it.effect("writes the same bytes into artifacts and manifest whenever it ends", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const manifest = (label: string) =>
          Fs.readFileSync(join(run.path, "stages", label, "artifacts/manifest.json"), "utf8")
        yield* (yield* run.stage({ ...identity, label: "a" })).complete({ x: text("1"), y: text("2") })
        yield* (yield* run.stage({ ...identity, label: "b" })).complete({ y: text("2"), x: text("1") })
        assert.strictEqual(manifest("a"), manifest("b"))
      })
    )
  )

  it.effect("counts as not ended when an artifact is damaged, and can end again", () =>
    scratch((store, runs, lines) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const stage = yield* run.stage(identity)
        yield* stage.complete({ w: text("weights") })
        const file = join(run.path, "stages/train/bica/seed-13/artifacts/w")
        flipBit(file, 9)
        assert.isTrue(Option.isNone(yield* stage.completed))
        assert.deepStrictEqual(warnings(lines), [
          `Warn ${file}: its sha256 is not the one recorded; the artifacts of train/bica/seed-13 are made again`
        ])
        yield* stage.complete({ w: text("weights") })
        assert.deepStrictEqual(Option.getOrThrow(yield* stage.completed), { w: text("weights") })
      })
    )
  )

  it.effect("has ended as soon as its artifacts are in place, even if nothing after that was written", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const stage = yield* run.stage(identity)
        const stageFolder = join(run.path, "stages/train/bica/seed-13")
        yield* stage.checkpoint(at(7))
        // What is on disk when the process is killed right after the artifacts got their name.
        Fs.cpSync(stageFolder, join(runs, "before"), { recursive: true })
        yield* stage.complete({ w: text("w") })
        Fs.cpSync(join(runs, "before/stage.json"), join(stageFolder, "stage.json"))
        Fs.cpSync(join(runs, "before/checkpoints"), join(stageFolder, "checkpoints"), { recursive: true })
        const again = yield* run.stage(identity)
        assert.deepStrictEqual(Option.getOrThrow(yield* again.completed), { w: text("w") })
        assert.include(Fs.readFileSync(join(stageFolder, "stage.json"), "utf8"), '"status": "ended"')
        assert.isFalse(Fs.existsSync(join(stageFolder, "checkpoints")))
      })
    )
  )

  it.effect("refuses artifacts that are no plain file names", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const stage = yield* run.stage(identity)
        for (const name of [
          "",
          ".",
          "..",
          "../w",
          "a/b",
          ".hidden",
          "manifest.json",
          "a\nb",
          "a\\b",
          "x".repeat(201)
        ]) {
          const error = yield* Effect.flip(stage.complete({ fine: text(""), [name]: text("") }))
          assert.strictEqual(error.reason, `${JSON.stringify(name)} cannot be the name of an artifact`)
        }
        assert.isTrue(Option.isNone(yield* stage.completed))
      })
    )
  )
})

describe("a stage that ended in another run", () => {
  it.effect("is copied, not run again, whatever it was called there", () =>
    scratch((store, runs, lines) =>
      Effect.gen(function* () {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const first = yield* store.open(runs, "first")
            yield* (yield* first.stage({ ...identity, label: "other/name" })).complete({ w: text("w"), m: text("m") })
          })
        )
        const second = yield* store.open(runs, "second")
        const stage = yield* second.stage(identity)
        yield* stage.checkpoint(at(1))
        assert.deepStrictEqual(Option.getOrThrow(yield* stage.completed), { m: text("m"), w: text("w") })
        Fs.rmSync(join(runs, "first"), { recursive: true })
        assert.deepStrictEqual(Option.getOrThrow(yield* stage.completed), { m: text("m"), w: text("w") })
        assert.deepStrictEqual(filesBelow(join(second.path, "stages")), [
          "train/bica/seed-13/artifacts/m",
          "train/bica/seed-13/artifacts/manifest.json",
          "train/bica/seed-13/artifacts/w",
          "train/bica/seed-13/stage.json"
        ])
        assert.deepStrictEqual(lines, [
          `Info train/bica/seed-13: the artifacts are taken from ${join(runs, "first/stages/other/name")}`
        ])
      })
    )
  )

  it.effect("is not used when it is damaged, has not ended or has another key; a sound one further on is", () =>
    scratch((store, runs, lines) =>
      Effect.gen(function* () {
        yield* Effect.scoped(
          Effect.gen(function* () {
            for (const name of ["a", "b", "c", "d"]) {
              const run = yield* store.open(runs, name)
              const stage = yield* run.stage(name === "b" ? { ...identity, key: "b".repeat(64) } : identity)
              if (name === "c") yield* stage.checkpoint(at(3))
              else yield* stage.complete({ w: text(name === "b" ? "wrong" : "right") })
            }
          })
        )
        const damaged = join(runs, "a/stages/train/bica/seed-13/artifacts/w")
        Fs.writeFileSync(damaged, "wrong")
        Fs.writeFileSync(join(runs, "stray file"), "")
        Fs.mkdirSync(join(runs, "no-run"))
        const run = yield* store.open(runs, "new")
        const stage = yield* run.stage(identity)
        assert.deepStrictEqual(Option.getOrThrow(yield* stage.completed), { w: text("right") })
        assert.deepStrictEqual(warnings(lines), [
          `Warn ${damaged}: its sha256 is not the one recorded; these artifacts are not used`
        ])
      })
    )
  )
})

describe("a stage folder of another key", () => {
  it.effect("is set aside, never mixed, and taken up again when its key comes back", () =>
    scratch((store, runs, lines) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const old = { label: "train", key: "1" }
        const edited = { label: "train", key: "2" }
        yield* (yield* run.stage(old)).checkpoint(at(8))
        const below = yield* run.stage({ label: "train/below", key: "3" })
        yield* below.complete({ w: text("below") })

        const fresh = yield* run.stage(edited)
        assert.isTrue(Option.isNone(yield* fresh.latest))
        assert.isTrue(Option.isNone(yield* fresh.completed))
        yield* fresh.complete({ w: text("edited") })
        assert.isTrue(Option.isSome(yield* below.completed))

        const back = yield* run.stage(old)
        assert.deepStrictEqual(Option.getOrThrow(yield* back.latest), at(8))
        assert.isTrue(Option.isNone(yield* back.completed))
        assert.deepStrictEqual(filesBelow(join(run.path, "superseded")), [
          "train/2/artifacts/manifest.json",
          "train/2/artifacts/w",
          "train/2/stage.json"
        ])
        assert.deepStrictEqual(Option.getOrThrow(yield* (yield* run.stage(edited)).completed), { w: text("edited") })
        assert.deepStrictEqual(warnings(lines), [])
      })
    )
  )

  it.effect("that was only half set aside gives nothing of the old key to the new one", () =>
    scratch((store, runs, lines) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        yield* (yield* run.stage({ label: "train", key: "1" })).complete({ w: text("old") })
        yield* (yield* run.stage({ label: "other", key: "2" })).checkpoint(at(1))
        // The record of the new key beside the artifacts of the old one.
        const record = Fs.readFileSync(join(run.path, "stages/other/stage.json"), "utf8").replace("other", "train")
        Fs.writeFileSync(join(run.path, "stages/train/stage.json"), record)
        const stage = yield* run.stage({ label: "train", key: "2" })
        assert.isTrue(Option.isNone(yield* stage.completed))
        assert.include(warnings(lines)[0], "it belongs to the key 1, not to 2")
      })
    )
  )

  it.effect("whose record is damaged is not lost", () =>
    scratch((store, runs, lines) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        yield* (yield* run.stage(identity)).checkpoint(at(5))
        const file = join(run.path, "stages/train/bica/seed-13/stage.json")
        Fs.writeFileSync(file, '{"format":')
        assert.deepStrictEqual(Option.getOrThrow(yield* (yield* run.stage(identity)).latest), at(5))
        assert.deepStrictEqual(warnings(lines), [`Warn ${file}: the file is damaged; it is written again`])
      })
    )
  )

  it.effect("cannot have a label that leaves the run or names a part of a stage", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        for (const label of [
          "",
          "/",
          "a//b",
          "../a",
          "a/..",
          "/a",
          "a/.tmp-b",
          "a/artifacts",
          "checkpoints",
          "a b",
          "a/stage.json",
          Array(40).fill("a").join("/")
        ]) {
          const error = yield* Effect.flip(run.stage({ label, key: "1" }))
          assert.strictEqual(error.reason, `${JSON.stringify(label)} cannot be the label of a stage`)
        }
        assert.strictEqual(
          (yield* Effect.flip(run.stage({ label: "a", key: "../b" }))).reason,
          '"../b" cannot be the key of a stage'
        )
      })
    )
  )
})

describe("files of a run", () => {
  it.effect("are written, replaced and read back", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        assert.strictEqual(run.path, join(runs, "r"))
        assert.isTrue(Option.isNone(yield* run.read("report.txt")))
        yield* run.write("report.txt", text("one"), { artifact: true })
        yield* run.write("report.txt", text("two"), { artifact: true })
        yield* run.write("figures/success.svg", text("<svg/>"), { artifact: false })
        assert.deepStrictEqual(Option.getOrThrow(yield* run.read("report.txt")), text("two"))
        assert.deepStrictEqual(Option.getOrThrow(yield* run.read("figures/success.svg")), text("<svg/>"))
        assert.deepStrictEqual(filesBelow(run.path), [
          "artifacts.json",
          "figures/success.svg",
          "lock",
          "report.txt",
          "run.json"
        ])
      })
    )
  )

  it.effect("written at the same time are all in the digest", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const names = Array.from({ length: 12 }, (_, i) => `f${String(i).padStart(2, "0")}`)
        yield* Effect.forEach(names, (name) => run.write(name, text(name), { artifact: true }), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(
          (yield* store.digest(run.path)).artifacts.map(({ name }) => name),
          names
        )
      })
    )
  )

  it.effect("cannot take the names that the store needs or leave the run", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        for (const name of ["lock", "lock.x", "artifacts.json", "stages/a", "superseded", "../x", "/x", ".tmp-x", ""]) {
          const error = yield* Effect.flip(run.write(name, text(""), { artifact: false }))
          assert.strictEqual(error.reason, `${JSON.stringify(name)} cannot be the name of a file of the run`)
        }
      })
    )
  )
})

describe("digest", () => {
  it.effect("is the sha256 of the lines that sha256sum prints for the artifacts", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        yield* run.write("report.txt", text("hello\n"), { artifact: true })
        yield* run.write("log.txt", text("12:00 began\n"), { artifact: false })
        yield* (yield* run.stage({ label: "train/seed-13", key: "1" })).complete({
          "weights.bin": new Uint8Array([0, 1, 2])
        })
        yield* (yield* run.stage({ label: "test", key: "2" })).complete({ empty: new Uint8Array(0) })
        yield* (yield* run.stage({ label: "unfinished", key: "3" })).checkpoint(at(1))
        // printf 'hello\n' | sha256sum and so on; the total is sha256sum over these three lines.
        assert.deepStrictEqual(yield* store.digest(join(runs, "r")), {
          artifacts: [
            { name: "report.txt", sha256: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" },
            { name: "stages/test/empty", sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
            {
              name: "stages/train/seed-13/weights.bin",
              sha256: "ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc"
            }
          ],
          total: "1257f35670e0c22285424a2d80032e95cd11c1819e85aee7d46729716b565b3b"
        })
        yield* run.write("report.txt", text("hello\n"), { artifact: false })
        assert.strictEqual((yield* store.digest(run.path)).artifacts.length, 2)
      })
    )
  )

  it.effect("of a run without artifacts is the sha256 of nothing", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        assert.deepStrictEqual(yield* store.digest(run.path), {
          artifacts: [],
          total: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        })
      })
    )
  )

  it.effect("is refused for what is no run, and for artifacts that have changed", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const run = yield* store.open(runs, "r")
        const missing = yield* Effect.flip(store.digest(join(runs, "q")))
        assert.strictEqual(missing.message, `${join(runs, "q")}: there is no such run`)
        assert.strictEqual(missing.fix, "Check the path; beside it are r.")
        Fs.mkdirSync(join(runs, "folder"))
        assert.strictEqual(
          (yield* Effect.flip(store.digest(join(runs, "folder")))).reason,
          "the folder is not a run folder: it has no run.json"
        )
        Fs.writeFileSync(join(runs, "file"), "")
        assert.strictEqual(
          (yield* Effect.flip(store.digest(join(runs, "file")))).reason,
          "a file stands where a folder should be"
        )

        yield* run.write("report.txt", text("hello"), { artifact: true })
        Fs.writeFileSync(join(run.path, "report.txt"), "hullo")
        assert.strictEqual(
          (yield* Effect.flip(store.digest(run.path))).message,
          `${join(run.path, "report.txt")}: its sha256 is not the one recorded`
        )
        Fs.rmSync(join(run.path, "report.txt"))
        assert.strictEqual((yield* Effect.flip(store.digest(run.path))).reason, "the artifact is missing")
        Fs.writeFileSync(join(run.path, "artifacts.json"), "[]")
        assert.strictEqual(
          (yield* Effect.flip(store.digest(run.path))).message,
          `${join(run.path, "artifacts.json")}: the file is damaged: it is not the JSON that belongs there`
        )
      })
    )
  )
})

describe("open", () => {
  it.effect("removes what a killed process left unfinished, and nothing else", () =>
    scratch((store, runs, lines) =>
      Effect.gen(function* () {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const run = yield* store.open(runs, "r")
            yield* (yield* run.stage(identity)).checkpoint(at(1))
          })
        )
        const before = filesBelow(join(runs, "r"))
        for (const place of ["", "stages", "stages/train/bica/seed-13", "stages/train/bica/seed-13/checkpoints"]) {
          Fs.mkdirSync(join(runs, "r", place, ".tmp-0123456789abcdef/inner"), { recursive: true })
          Fs.writeFileSync(join(runs, "r", place, ".tmp-0123456789abcdef/tensors.safetensors"), "half")
          Fs.writeFileSync(join(runs, "r", place, ".tmp-fedcba9876543210"), "half")
        }
        yield* Effect.scoped(store.open(runs, "r"))
        assert.deepStrictEqual(filesBelow(join(runs, "r")), before)
        assert.deepStrictEqual(lines, [
          `Info ${join(runs, "r")}: 8 unfinished files of a process that was stopped are removed`
        ])
      })
    )
  )

  it.effect("says what is wrong with the folder", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const refused = (base: string, name: string) =>
          Effect.map(Effect.flip(Effect.scoped(store.open(base, name))), (error) => error.message)
        Fs.writeFileSync(join(runs, "file"), "")
        assert.strictEqual(
          yield* refused(join(runs, "file"), "r"),
          `${join(runs, "file")}: a file stands where a folder should be`
        )
        assert.strictEqual(
          yield* refused(join(runs, "file/below"), "r"),
          `${join(runs, "file")}: a file stands where a folder should be`
        )
        assert.strictEqual(
          yield* refused(runs, "file"),
          `${join(runs, "file")}: a file stands where a folder should be`
        )
        for (const name of ["", ".", "..", "a/b", ".x"]) {
          assert.strictEqual(yield* refused(runs, name), `${runs}: ${JSON.stringify(name)} cannot be the name of a run`)
        }
        Fs.mkdirSync(join(runs, "photos"))
        Fs.writeFileSync(join(runs, "photos/cat.png"), "")
        assert.strictEqual(
          yield* refused(runs, "photos"),
          `${join(runs, "photos")}: the folder holds cat.png and is not a run folder`
        )
        assert.deepStrictEqual(Fs.readdirSync(join(runs, "photos")), ["cat.png"])
        yield* Effect.scoped(store.open(runs, "r"))
        Fs.writeFileSync(join(runs, "r/run.json"), '{"format"')
        assert.strictEqual(
          yield* refused(runs, "r"),
          `${join(runs, "r/run.json")}: the file is damaged: it is not the JSON that belongs there`
        )
      })
    )
  )

  it.effect("takes an empty folder, and one whose process was killed before it wrote anything but the lock", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        Fs.mkdirSync(join(runs, "empty"))
        yield* Effect.scoped(store.open(runs, "empty"))
        Fs.mkdirSync(join(runs, "killed"))
        Fs.writeFileSync(join(runs, "killed/lock"), lockOf({ pid: deadPid() }))
        yield* Effect.scoped(store.open(runs, "killed"))
        assert.deepStrictEqual(filesBelow(join(runs, "killed")), ["run.json"])
      })
    )
  )
})

/** A lock file with some fields set. */
const lockOf = (fields: {
  readonly pid?: number
  readonly host?: string
  readonly started?: string | null
  readonly boot?: string | null
}) =>
  JSON.stringify({
    format: "bica-lock/1",
    pid: process.pid,
    host: hostname(),
    started: null,
    boot: null,
    nonce: "0123456789abcdef",
    since: "2025-01-01T00:00:00.000Z",
    ...fields
  })

/** A pid that no process has: the largest that Linux gives is 4194303. */
const deadPid = () => 4_194_304

const linux = process.platform === "linux"

describe("the lock", () => {
  it.effect("keeps a run from being opened twice and goes with the scope", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        const first = yield* Scope.make()
        const run = yield* Effect.provideService(store.open(runs, "r"), Scope.Scope, first)
        const refused = yield* Effect.flip(Effect.scoped(store.open(runs, "r")))
        assert.strictEqual(refused.path, run.path)
        assert.strictEqual(refused.reason, "this process holds the run already")
        yield* Effect.scoped(store.open(runs, "another"))
        yield* Scope.close(first, Exit.void)
        assert.isFalse(Fs.existsSync(join(run.path, "lock")))
        yield* Effect.scoped(store.open(runs, "r"))
      })
    )
  )

  const opened = (lock: string) =>
    scratch((store, runs, lines) =>
      Effect.gen(function* () {
        yield* Effect.scoped(store.open(runs, "r"))
        Fs.writeFileSync(join(runs, "r/lock"), lock)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const run = yield* store.open(runs, "r")
            assert.strictEqual(JSON.parse(Fs.readFileSync(join(run.path, "lock"), "utf8")).pid, process.pid)
            assert.deepStrictEqual(filesBelow(run.path), ["lock", "run.json"])
          })
        )
        const { pid } = JSON.parse(lock)
        assert.deepStrictEqual(lines, [
          `Info ${join(runs, "r")}: taken over from process ${pid}, which ended without closing the run (begun 2025-01-01T00:00:00.000Z)`
        ])
      })
    )

  it.effect("of a process that is gone is taken over", () => opened(lockOf({ pid: deadPid() })))
  it.effect.skipIf(!linux)("of a pid that another process has by now is taken over", () =>
    opened(lockOf({ started: "1" }))
  )
  it.effect.skipIf(!linux)("from before the machine was started again is taken over", () =>
    opened(lockOf({ boot: "00000000-0000-0000-0000-000000000000" }))
  )

  it.effect("is taken over even when the one who was taking it over was killed at it", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        yield* Effect.scoped(store.open(runs, "r"))
        Fs.writeFileSync(join(runs, "r/lock"), lockOf({ pid: deadPid() }))
        Fs.writeFileSync(
          join(runs, "r/lock.0123456789abcdef"),
          lockOf({ pid: deadPid() + 1 }).replace("0123456789abcdef", "1111111111111111")
        )
        yield* Effect.scoped(store.open(runs, "r"))
        assert.deepStrictEqual(filesBelow(join(runs, "r")), ["run.json"])
      })
    )
  )

  const refuses = (lock: string, reason: string, fix: (file: string) => string) =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        yield* Effect.scoped(store.open(runs, "r"))
        const file = join(runs, "r/lock")
        Fs.writeFileSync(file, lock)
        const error = yield* Effect.flip(Effect.scoped(store.open(runs, "r")))
        assert.strictEqual(error.reason, reason)
        assert.strictEqual(error.fix, fix(file))
        assert.strictEqual(Fs.readFileSync(file, "utf8"), lock)
        assert.deepStrictEqual(filesBelow(join(runs, "r")), ["lock", "run.json"])
      })
    )

  it.effect("of a live process is respected", () =>
    refuses(
      lockOf({ pid: process.ppid }),
      `process ${process.ppid} holds the run since 2025-01-01T00:00:00.000Z`,
      () => `Wait for it to end, stop it (kill ${process.ppid}), or give this run another name.`
    )
  )
  it.effect("of another machine is respected, for nobody here can tell", () =>
    refuses(
      lockOf({ pid: deadPid(), host: "elsewhere.example" }),
      `process ${deadPid()} on elsewhere.example holds the run since 2025-01-01T00:00:00.000Z`,
      (file) => `Wait for it or stop it there. If it is gone for certain, delete ${file}.`
    )
  )
  it.effect("that is damaged is left to the user", () =>
    refuses(
      "{",
      "the lock file cannot be read, so nobody can tell who holds the run",
      (file) => `If no other process works on this run, delete ${file} and start again.`
    )
  )

  it.effect("of someone else is not removed at the end", () =>
    scratch((store, runs) =>
      Effect.gen(function* () {
        yield* Effect.scoped(
          Effect.gen(function* () {
            const run = yield* store.open(runs, "r")
            Fs.writeFileSync(join(run.path, "lock"), lockOf({ pid: process.ppid }))
          })
        )
        assert.isTrue(Fs.existsSync(join(runs, "r/lock")))
      })
    )
  )
})
