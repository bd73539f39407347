/** The packed extension: everything it needs is in it. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { isBuiltin } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { inflateRawSync } from "node:zlib"
import { expect, it } from "vitest"

const folder = fileURLToPath(new URL("../../editors/vscode/", import.meta.url))

/** The files of a zip archive by name, read from its central directory. */
const unzipped = (bytes: Buffer): ReadonlyMap<string, Buffer> => {
  const files = new Map<string, Buffer>()
  const end = bytes.lastIndexOf(Buffer.from("504b0506", "hex"))
  let at = bytes.readUInt32LE(end + 16)
  for (let i = bytes.readUInt16LE(end + 10); i > 0; i--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset))
    const name = bytes.toString("utf8", at + 46, at + 46 + (nameLength ?? 0))
    const local = bytes.readUInt32LE(at + 42)
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const packed = bytes.subarray(from, from + bytes.readUInt32LE(at + 20))
    files.set(name, bytes.readUInt16LE(at + 10) === 8 ? inflateRawSync(packed) : packed)
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0)
  }
  return files
}

it("is one file with manifest, grammar and the client bundled into its program", () => {
  const place = mkdtempSync(join(tmpdir(), "bica-packed-"))
  try {
    const target = join(place, "bica.vsix")
    const made = spawnSync(process.execPath, [join(folder, "package.mjs"), target], { encoding: "utf8" })
    expect(made.status, made.stderr).toBe(0)
    const files = unzipped(readFileSync(target))
    const read = (name: string): string => files.get(`extension/${name}`)?.toString("utf8") ?? ""
    const manifest: {
      readonly main: string
      readonly version: string
      readonly dependencies?: unknown
      readonly contributes: { readonly grammars: ReadonlyArray<{ readonly path: string }> }
    } = JSON.parse(read("package.json"))
    expect(manifest.dependencies).toBeUndefined()
    expect(read(manifest.contributes.grammars[0]?.path.slice(2) ?? "")).toBe(
      readFileSync(join(folder, "syntaxes/bica.tmLanguage.json"), "utf8")
    )
    const main = read(manifest.main.slice(2))
    const wanted = [...main.matchAll(/require\((["'`])([^"'`]+)\1\)/g)].map(([, , name]) => name ?? "")
    expect(wanted).toContain("vscode")
    expect(wanted.filter((name) => name !== "vscode" && !isBuiltin(name))).toEqual([])
    expect(main).toContain("LanguageClient")
    expect([...files.keys()].some((name) => name.includes("node_modules"))).toBe(false)
    expect(files.get("extension.vsixmanifest")?.toString("utf8")).toContain(`Version="${manifest.version}"`)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
})
