import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "vitest"

const project = Path.resolve(import.meta.dirname, "../..")

interface Package {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly hasInstallScript?: boolean
  readonly optional?: boolean
}

const isLock = (value: unknown): value is { readonly packages: Readonly<Record<string, Package>> } =>
  typeof value === "object" && value !== null && "packages" in value

const packages = (): Readonly<Record<string, Package>> => {
  const lock: unknown = JSON.parse(Fs.readFileSync(Path.join(project, "package-lock.json"), "utf8"))
  if (!isLock(lock)) throw new Error("package-lock.json holds no packages")
  return lock.packages
}

describe("package-lock.json", () => {
  // `npm install` leaves out optional packages that its registry does not serve, and `npm ci` then refuses the file.
  it("names every optional package of every package", () => {
    const locked = packages()
    const missing = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !Object.keys(locked).some((other) => other.endsWith(`node_modules/${name}`)))
        .map((name) => `${name} of ${path}`)
    )
    expect(missing).toEqual([])
  })

  it("pins the versions of package.json", () => {
    const { "": own, ...locked } = packages()
    const description: unknown = JSON.parse(Fs.readFileSync(Path.join(project, "package.json"), "utf8"))
    expect(description).toMatchObject({ optionalDependencies: own?.optionalDependencies })
    expect(locked["node_modules/effect"]?.version).toBe("4.1.0")
  })
})
