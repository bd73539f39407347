import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll, beforeAll } from "vitest"
import { read, replace } from "../../src/cli/SourceFile.ts"

let folder = ""
beforeAll(() => {
  folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-source-"))
})
afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

const written = (name: string, bytes: string | Uint8Array): string => {
  const path = Path.join(folder, name)
  Fs.writeFileSync(path, bytes)
  return path
}

describe("reading a source file", () => {
  it.effect("keeps every character of UTF-8 text", () =>
    Effect.gen(function* () {
      const path = written("good.bica", "// π ≈ 3\r\nuse std.ppo\n")
      const { name, text } = yield* read(path)
      assert.strictEqual(name, path)
      assert.strictEqual(text, "// π ≈ 3\r\nuse std.ppo\n")
    })
  )

  it.effect("takes a file of exactly 1 MiB and refuses one byte more", () =>
    Effect.gen(function* () {
      const { text } = yield* read(written("limit.bica", " ".repeat(1_048_576)))
      assert.strictEqual(text.length, 1_048_576)
      const { fault } = yield* read(written("long.bica", " ".repeat(1_048_577)))
      assert.strictEqual(fault?.code, "BICA1002")
    })
  )

  it.effect("says in one line what is wrong with what cannot be read", () =>
    Effect.gen(function* () {
      const missing = Path.join(folder, "missing.bica")
      const circle = Path.join(folder, "circle.bica")
      Fs.symlinkSync(circle, circle)
      const cases = [
        [missing, "there is no such file"],
        [Path.join(missing, "x.bica"), "there is no such file"],
        [folder, "is a folder, not a file"],
        [circle, "is a circle of symbolic links"]
      ] as const
      for (const [path, reason] of cases) {
        const stop = yield* Effect.flip(read(path))
        assert.strictEqual(stop.exitCode, 2)
        assert.deepStrictEqual(stop.lines, [`${path}: ${reason}`])
      }
    })
  )

  it.effect("points at the first bytes that are not UTF-8", () =>
    Effect.gen(function* () {
      const { fault } = yield* read(written("latin1.bica", Buffer.from("use std.ppo // caf\xe9\n", "latin1")))
      assert.strictEqual(fault?.code, "BICA1006")
      assert.strictEqual(fault?.span.start, 18)
      const replaced = yield* read(written("replaced.bica", "// \ufffd is a character like any other\n"))
      assert.isUndefined(replaced.fault)
    })
  )

  it.effect("stops at the limit of a file that never ends", () =>
    Effect.gen(function* () {
      const { fault } = yield* read("/dev/zero")
      assert.strictEqual(fault?.code, "BICA1002")
    })
  )
})

describe("replacing a file", () => {
  it.effect("makes folders, keeps the mode and the symbolic link, and leaves nothing else behind", () =>
    Effect.gen(function* () {
      const path = Path.join(folder, "deep/er/a.ts")
      yield* replace(path, "one\n")
      Fs.chmodSync(path, 0o600)
      const link = Path.join(folder, "deep/link.ts")
      Fs.symlinkSync("er/a.ts", link)
      yield* replace(link, "two\n")
      assert.strictEqual(Fs.readFileSync(path, "utf8"), "two\n")
      assert.strictEqual(Fs.statSync(path).mode & 0o777, 0o600)
      assert.isTrue(Fs.lstatSync(link).isSymbolicLink())
      assert.deepStrictEqual(Fs.readdirSync(Path.dirname(path)), ["a.ts"])
    })
  )

  it.effect("ends with exit code 3 when the disk refuses", () =>
    Effect.gen(function* () {
      const stop = yield* Effect.flip(replace("/dev/null/a.ts", "x"))
      assert.strictEqual(stop.exitCode, 3)
      assert.match(stop.lines[0] ?? "", /^\/dev\/null\/a\.ts: could not be written: /)
    })
  )
})
