/**
 * The standing rules that oxlint has no rule of its own for: which folder may import which, names that say nothing,
 * and randomness or wall-clock time from outside `src/runtime/random`.
 *
 * The plugin interface is ESLint's; only the parts that are used are typed here, so that no ESLint types are needed.
 */
import * as Path from "node:path"

interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

interface Context {
  readonly filename: string
  readonly report: (finding: { readonly node: Node; readonly message: string }) => void
}

interface Rule {
  readonly meta: { readonly type: "problem"; readonly docs: { readonly description: string } }
  readonly create: (context: Context) => Readonly<Record<string, (node: Node) => void>>
}

const root = Path.resolve(import.meta.dirname, "..")

/** The file's path from the top of the project, with forward slashes. */
const place = (filename: string): string => Path.relative(root, filename).split(Path.sep).join("/")

const inside = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`)

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"

// ---- import direction ------------------------------------------------------------------------------------------

/** Each folder of src and the folders of src that it may import besides itself: those that stand below it. */
const below: ReadonlyArray<readonly [folder: string, mayImport: ReadonlyArray<string>]> = [
  ["src/cli", ["src/studio", "src/lsp", "src/dsl", "src/runtime", "src/declaration"]],
  ["src/studio", ["src/lsp", "src/dsl", "src/runtime", "src/declaration"]],
  ["src/lsp", ["src/dsl", "src/runtime", "src/declaration"]],
  ["src/dsl", ["src/declaration"]],
  ["src/runtime", ["src/declaration"]],
  ["src/declaration", []]
]

/** Imports that only one folder may have. */
const reserved: ReadonlyArray<{ readonly pattern: RegExp; readonly folder: string; readonly name: string }> = [
  { pattern: /^@tensorflow\//, folder: "src/runtime/tensor", name: "TensorFlow.js" },
  { pattern: /^onnxruntime-/, folder: "src/runtime/engine/onnx", name: "ONNX Runtime" },
  { pattern: /^ts-morph(\/|$)/, folder: "src/dsl/emit", name: "ts-morph" },
  { pattern: /^chevrotain(\/|$)/, folder: "src/dsl", name: "Chevrotain" },
  { pattern: /^effect\/cli(\/|$)/, folder: "src/cli", name: "effect/cli" }
]

/** Imports that a folder may not have. */
const closed: ReadonlyArray<{ readonly folder: string; readonly pattern: RegExp; readonly why: string }> = [
  {
    folder: "src/dsl",
    pattern: /^(?:node:)?(?:fs|child_process|net|http|https|worker_threads|module)(?:\/|$)|^@effect\/platform-node/,
    why: "the compiler is pure: it reads no file and starts nothing"
  },
  {
    folder: "src/declaration",
    pattern: /^(?!\.)/,
    why: "declarations are plain data and import nothing outside their folder"
  },
  { folder: "src", pattern: /^bica(?:\/|$)/, why: "inside src, import the file itself" }
]

const directionFault = (filename: string, specifier: string): string | undefined => {
  const from = place(filename)
  if (!inside("src", from)) return undefined
  if (!specifier.startsWith(".") && !Path.isAbsolute(specifier)) {
    for (const { folder, name, pattern } of reserved) {
      if (pattern.test(specifier) && !inside(folder, from)) return `only ${folder} imports ${name}`
    }
    for (const { folder, pattern, why } of closed) {
      if (inside(folder, from) && pattern.test(specifier)) return `${folder} may not import ${specifier}: ${why}`
    }
    return undefined
  }
  const to = place(Path.resolve(Path.dirname(filename), specifier))
  if (!inside("src", to)) return to === "package.json" ? undefined : `src may not import ${to}, which is outside src`
  const row = below.find(([folder]) => inside(folder, from))
  if (row === undefined) return `${from} is in no folder of src that the direction rule knows (lint/plugin.ts)`
  const [folder, mayImport] = row
  if (!inside(folder, to) && !mayImport.some((other) => inside(other, to))) {
    return `${folder} may not import ${to}: imports go down, ${
      mayImport.length === 0 ? "and nothing is below" : `to ${mayImport.join(", ")}`
    }`
  }
  if (inside("src/runtime/graph", from) && (inside("src/runtime/engine", to) || inside("src/runtime/tensor", to))) {
    return "src/runtime/graph imports no engine: graphs are data that engines execute"
  }
  return undefined
}

const importDirection: Rule = {
  meta: { type: "problem", docs: { description: "Imports go down the list of folders in lint/plugin.ts." } },
  create: (context) => {
    const check = (source: unknown) => {
      if (!isNode(source) || source.type !== "Literal" || typeof source.value !== "string") return
      const fault = directionFault(context.filename, source.value)
      if (fault !== undefined) context.report({ node: source, message: fault })
    }
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source ?? node.argument)
    }
  }
}

// ---- names -----------------------------------------------------------------------------------------------------

const hollow = /^(?:utils?|utilities|helpers?|common|misc|manager)$/i

const telling: Rule = {
  meta: { type: "problem", docs: { description: "A file or folder is named after what is in it." } },
  create: (context) => ({
    Program: (node) => {
      for (const part of place(context.filename).split("/")) {
        // `StringUtils` and `run-manager` are as hollow as `utils`: the words of the name are looked at, not the whole.
        const words = part
          .replace(/\.[^.]+$/, "")
          .replace(/([a-z\d])([A-Z])/g, "$1 $2")
          .split(/[\s._-]+/)
        const word = words.find((each) => hollow.test(each))
        if (word !== undefined) {
          context.report({ node, message: `"${part}": "${word}" names nothing; name it after what is in it` })
        }
      }
    }
  })
}

// ---- randomness and time ---------------------------------------------------------------------------------------

const drawing = /^(?:rand(?:om\w*|n|Uniform\w*)?|truncatedNormal|multinomial|dropout)$/

const nameOf = (node: unknown): string | undefined => {
  if (!isNode(node)) return undefined
  if (node.type === "Identifier" && typeof node.name === "string") return node.name
  if (node.type === "Literal" && typeof node.value === "string") return node.value
  return undefined
}

const addressedRandomness: Rule = {
  meta: {
    type: "problem",
    docs: { description: "Numbers come from src/runtime/random and times from Clock, or a run cannot be repeated." }
  },
  create: (context) => {
    const namespaces = new Set(["tf"])
    return {
      ImportDeclaration: (node) => {
        const source = nameOf(node.source)
        if (source === undefined || !source.startsWith("@tensorflow/") || !Array.isArray(node.specifiers)) return
        for (const specifier of node.specifiers) {
          if (!isNode(specifier)) continue
          const local = nameOf(specifier.local)
          const imported = nameOf(specifier.imported)
          if (specifier.type === "ImportNamespaceSpecifier" && local !== undefined) namespaces.add(local)
          if (imported !== undefined && drawing.test(imported)) {
            context.report({ node: specifier, message: `${imported} of TensorFlow.js is banned: sample on the host` })
          }
        }
      },
      MemberExpression: (node) => {
        const object = nameOf(node.object)
        const property = nameOf(node.property)
        if (object !== undefined && namespaces.has(object) && property !== undefined && drawing.test(property)) {
          context.report({ node, message: `${object}.${property} is banned: sample on the host` })
        }
      },
      NewExpression: (node) => {
        if (nameOf(node.callee) === "Date" && Array.isArray(node.arguments) && node.arguments.length === 0) {
          context.report({ node, message: "new Date() reads the wall clock: use Clock" })
        }
      },
      CallExpression: (node) => {
        if (nameOf(node.callee) === "Date") context.report({ node, message: "Date() reads the wall clock: use Clock" })
      }
    }
  }
}

export default {
  meta: { name: "bica" },
  rules: {
    "import-direction": importDirection,
    "telling-names": telling,
    "addressed-randomness": addressedRandomness
  }
}
