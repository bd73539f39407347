/**
 * Modules of the user's own. They are code, so they are run only where the user says so; each is one file that imports `bica/runtime` alone,
 * so that the digest of its text says all that it does.
 */
import { Context, Effect } from "effect"
import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import type { CodeModule } from "../declaration/Code.ts"
import { parse } from "../dsl/index.ts"
import type { Request } from "./Runs.ts"
import type { Stop } from "./Stop.ts"
import { wrongFile, wrongMachine } from "./Stop.ts"
import type { SourceFile } from "./Text.ts"
import { sizeLimit, systemReason } from "./Text.ts"

/** Whether the code that a file names may be run: `--allow-code`. */
export const AllowCode = Context.Reference<boolean>("bica/cli/AllowCode", { defaultValue: () => false })

/** What a module imports, or exports from elsewhere; a computed import counts as one of nothing known. */
const imports = (text: string): ReadonlyArray<string> => [
  ...[...text.matchAll(/\b(?:from|import)\s*["']([^"']*)["']/g)].map(([, name = ""]) => name),
  ...[...text.matchAll(/\b(?:import|require)\s*\(/g)].map(() => "something that is computed")
]

/** Where a module of a file lies. */
export const pathOf = (source: SourceFile, path: string): string => Path.resolve(Path.dirname(source.name), path)

/** sha256 of a module's text; undefined where there is no such file. */
const digestAt = (place: string): string | undefined =>
  Fs.existsSync(place) && Fs.statSync(place).isFile()
    ? createHash("sha256").update(Fs.readFileSync(place)).digest("hex")
    : undefined

/**
 * The first of the files whose folder holds the modules that a run was begun with; else why there is none. Nothing is run.
 */
export const beside = (
  files: ReadonlyArray<string>,
  modules: ReadonlyArray<{ readonly path: string; readonly sha256: string }>
): { readonly file: string } | { readonly missing: string } => {
  const missing = new Set<string>()
  for (const file of files) {
    const other = modules.find(({ path, sha256 }) => digestAt(pathOf({ name: file, text: "" }, path)) !== sha256)
    if (other === undefined) return { file }
    const place = pathOf({ name: file, text: "" }, other.path)
    const there = digestAt(place)
    missing.add(
      there === undefined
        ? `${place} is not there`
        : `${place} is another text (sha256 ${there.slice(0, 12)}, not ${other.sha256.slice(0, 12)})`
    )
  }
  return { missing: [...missing].join(", and ") }
}

/**
 * The path of a run's file, where the modules of code that the run was begun with lie beside it: as it was given, or as it lies from
 * the run's folder when both were moved together. Nothing is run. Exit code 2 where they are not there, with `fix` as the advice.
 */
export const besideRun = (run: string, request: Request, fix: string): Effect.Effect<string, Stop> => {
  const { beside: folder, file, modules = [] } = request
  const moved = folder === undefined ? [] : [Path.join(run, folder, Path.basename(file))]
  const found = beside([file, ...moved], modules)
  return "file" in found
    ? Effect.succeed(found.file)
    : Effect.fail(wrongFile(`${run}: was begun with code that cannot be found: ${found.missing}`, fix))
}

/** A file and the modules that it names as they lie in a folder of their own: their paths from it, with forward slashes. */
export interface Laid {
  readonly file: string
  readonly modules: ReadonlyArray<{ readonly path: string; readonly bytes: Uint8Array }>
}

/**
 * The modules that a run was begun with, read for a copy of the run's file: seen from each other they lie as they lay, the file at the
 * top, or below as many folders as a module needs that lies above it. Nothing is run.
 */
export const laidOut = Effect.fnUntraced(function* (run: string, request: Request): Effect.fn.Return<Laid, Stop> {
  const { file: given, modules = [] } = request
  if (modules.length === 0) return { file: Path.basename(given), modules: [] }
  const file = yield* besideRun(
    run,
    request,
    "Put the module back as it was: what is exported as run must be what was run. Formats such as `--csv --json` need none."
  )
  const folder = Path.resolve(Path.dirname(file))
  const placed = modules.map(({ path, sha256 }) => ({ place: Path.resolve(folder, path), sha256 }))
  const above = placed.map(
    ({ place }) =>
      Path.relative(folder, place)
        .split(Path.sep)
        .filter((part) => part === "..").length
  )
  const top = Path.resolve(folder, ...Array.from({ length: Math.max(...above) }, () => ".."))
  const seen = (place: string): string => Path.relative(top, place).split(Path.sep).join("/")
  const read = yield* Effect.forEach(placed, ({ place, sha256 }) =>
    Effect.try({
      try: () => Fs.readFileSync(place),
      catch: (cause) => wrongMachine(`${place}: ${systemReason(cause)}`)
    }).pipe(
      Effect.filterOrFail(
        (bytes) => createHash("sha256").update(bytes).digest("hex") === sha256,
        () => wrongFile(`${place}: was changed while it was read`)
      ),
      Effect.map((bytes) => ({ path: seen(place), bytes }))
    )
  )
  const once = new Map(read.map((one) => [one.path, one]))
  return { file: seen(Path.join(folder, Path.basename(file))), modules: [...once.values()] }
})

/** Why a path cannot be that of a module. */
const pathFault = (path: string): string | undefined =>
  /^\.\.?\//.test(path) && path.endsWith(".ts")
    ? undefined
    : 'a module is a TypeScript file beside this one, such as "./terms.ts"'

/** A place in a module: its line and characters, from 0. */
export interface Exported {
  readonly place: string
  readonly line: number
  readonly from: number
  readonly to: number
}

/**
 * Where a module of a file exports a name, or its top without one or where the export is not found; undefined where there is no such
 * module. Its text is read, and nothing is run.
 */
export const exportIn = (source: SourceFile, path: string, name: string | undefined): Exported | undefined => {
  const place = pathOf(source, path)
  const stat = pathFault(path) === undefined ? Fs.statSync(place, { throwIfNoEntry: false }) : undefined
  if (stat?.isFile() !== true || stat.size > sizeLimit) return undefined
  const top = { place, line: 0, from: 0, to: 0 }
  if (name === undefined) return top
  const lines = Fs.readFileSync(place, "utf8").split(/\r\n|\r|\n/)
  for (const [line, text] of lines.entries()) {
    const [before, found] = /^(\s*export\s+(?:const|let|var)\s+)([A-Za-z_$][\w$]*)/.exec(text)?.slice(1) ?? []
    if (before !== undefined && found === name)
      return { place, line, from: before.length, to: before.length + name.length }
  }
  return top
}

const load = async (source: SourceFile, path: string): Promise<CodeModule> => {
  const fault = pathFault(path)
  if (fault !== undefined) return { fault }
  const place = pathOf(source, path)
  if (!Fs.existsSync(place)) return { fault: "there is no such file" }
  const bytes = Fs.readFileSync(place)
  if (bytes.length > sizeLimit) return { fault: "it is longer than 1 MiB" }
  const text = bytes.toString("utf8")
  const other = imports(text).find((name) => name !== "bica/runtime")
  if (other !== undefined)
    return { fault: `it imports ${other}, and its digest would not say what that is: it may import bica/runtime alone` }
  const digest = createHash("sha256").update(bytes).digest("hex")
  const module: unknown = await import(`${pathToFileURL(place).href}?sha256=${digest}`)
  // what looks at modules plays their environments: loaded where there is a module to look at
  const { contentsOf } = await import("./CodeDeclarations.ts")
  return contentsOf(typeof module === "object" && module !== null ? Object.entries(module) : [], digest)
}

/** The modules that a file names, by their paths as written; undefined where code is not allowed. Nothing is run then. */
export const codeOf = Effect.fnUntraced(function* (source: SourceFile) {
  if (!(yield* AllowCode)) return undefined
  const { file } = parse(source.text)
  const paths = file.declarations.flatMap((one) =>
    one._tag === "Use" && one.module !== undefined ? [one.module.path] : []
  )
  const found = new Map<string, CodeModule>()
  for (const path of new Set(paths)) {
    found.set(
      path,
      yield* Effect.tryPromise({
        try: () => load(source, path),
        catch: (cause) => (cause instanceof Error ? cause.message : String(cause))
      }).pipe(Effect.catch((reason) => Effect.succeed<CodeModule>({ fault: `it could not be run: ${reason}` })))
    )
  }
  return found
})
