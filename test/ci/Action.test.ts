import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { fixture, lastLine } from "../cli/Workplace.ts"
import { list, map, parse } from "./Yaml.ts"

const project = Path.resolve(import.meta.dirname, "../..")
const action = map(parse(Fs.readFileSync(Path.join(project, "action.yml"), "utf8")))
const workflow = map(parse(Fs.readFileSync(Path.join(project, ".github/workflows/verify.yml"), "utf8")))
const steps = list(map(action.runs).steps).map(map)

describe("the reader of these files", () => {
  it("reads maps, lists and scalars, and refuses what it might misread", () => {
    expect(parse("# c\na:\n  b: \"1\"\n  c:\n    - x\n    - d: e\n      f: [g, h]\ni: ${{ j == 'k' }}\n")).toEqual({
      a: { b: "1", c: ["x", { d: "e", f: ["g", "h"] }] },
      i: "${{ j == 'k' }}"
    })
    for (const text of ["a: |\n  b\n", "a: {b: c}\n", "a: b: c\n", "a: b\na: c\n", "a: b\n  c: d\n", "- a\nb\n"]) {
      expect(() => parse(text), text).toThrow()
    }
  })
})

describe("action.yml", () => {
  it("is a composite action as the published schema asks for", () => {
    expect(Object.keys(action)).toEqual(["name", "description", "inputs", "outputs", "runs"])
    expect(map(action.runs).using).toBe("composite")
    for (const input of Object.values(map(action.inputs)).map(map)) {
      expect(Object.keys(input)).toEqual(["description", "default"])
    }
    for (const output of Object.values(map(action.outputs)).map(map)) {
      expect(Object.keys(output)).toEqual(["description", "value"])
    }
    const known = new Set(["name", "id", "if", "uses", "with", "run", "shell", "env", "working-directory"])
    for (const step of steps) {
      expect(Object.keys(step).filter((key) => !known.has(key))).toEqual([])
      // a step either uses an action or runs something, and then it must name the shell
      expect("run" in step).toBe(!("uses" in step))
      expect("shell" in step).toBe("run" in step)
    }
  })

  it("names only inputs and steps that it has, and puts no input into a command line", () => {
    const text = Fs.readFileSync(Path.join(project, "action.yml"), "utf8")
    const inputs = Object.keys(map(action.inputs))
    const named = [...text.matchAll(/inputs\.([a-z-]+)/g)].map(([, name]) => name)
    expect([...new Set(named)].sort()).toEqual([...inputs].sort())
    const ids = steps.flatMap(({ id }) => (id === undefined ? [] : [id]))
    for (const [, id] of text.matchAll(/steps\.([a-z-]+)\./g)) expect(ids).toContain(id)
    for (const { run } of steps) expect(String(run ?? "")).not.toContain("${{")
    for (const [, script] of text.matchAll(/\$GITHUB_ACTION_PATH\/([^"]+)/g)) {
      expect(Fs.existsSync(Path.join(project, script ?? ""))).toBe(true)
    }
  })

  it("has the defaults of the command", () => {
    const help = spawnSync(process.execPath, [Path.join(project, "bin/bica.js"), "ci", "--help"], { encoding: "utf8" })
    for (const name of ["whole", "sample", "updates"]) {
      const { default: value } = map(map(action.inputs)[name])
      expect(help.stdout).toMatch(new RegExp(`--${name} N .*\\(${String(value)}\\)`))
    }
  })
})

describe("the workflow", () => {
  it("runs the action of this repository with the rights that it needs and no others", () => {
    expect(Object.keys(workflow)).toEqual(["name", "on", "permissions", "concurrency", "jobs"])
    expect(Object.keys(map(workflow.on))).toEqual(["push", "pull_request"])
    expect(workflow.permissions).toEqual({ contents: "read", "pull-requests": "write" })
    const jobs = Object.values(map(workflow.jobs)).map(map)
    for (const job of jobs) {
      expect(job["runs-on"]).toBe("ubuntu-latest")
      expect(list(job.steps).map((step) => map(step).uses)).toEqual(["actions/checkout@v6", "./"])
    }
  })
})

describe("the workflow that measures", () => {
  it("compares with the commit before by the script that is there for it, and keeps both results", () => {
    const text = Fs.readFileSync(Path.join(project, ".github/workflows/bench.yml"), "utf8")
    const { jobs, permissions } = map(parse(text))
    expect(permissions).toEqual({ contents: "read" })
    const [checkout, node, measure, keep] = list(map(map(jobs).ratios).steps).map(map)
    expect([checkout?.uses, node?.uses]).toEqual(["actions/checkout@v6", "actions/setup-node@v6"])
    expect(measure?.run).toBe('bash bench/compare.sh "$BEFORE" "$RUNNER_TEMP/bench"')
    expect(map(keep?.with).path).toBe("${{ runner.temp }}/bench/*.json")
  })
  it("is told how to be called", () => {
    const { status, stderr } = spawnSync("bash", [Path.join(project, "bench/compare.sh")], { encoding: "utf8" })
    expect([status, stderr]).toEqual([2, "bench/compare.sh COMMIT OUT [options of the bench]\n"])
  })
})

// ---- the steps, run in a clone as a runner would ------------------------------------------------------------------

let folder = ""
const at = (...parts: ReadonlyArray<string>) => Path.join(folder, ...parts)

const command = (cwd: string, program: string, words: ReadonlyArray<string>, more: Record<string, string> = {}) => {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    XDG_CACHE_HOME: at("cache"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@example.com",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@example.com",
    ...more
  }
  const ended = spawnSync(program, words, { cwd, env, encoding: "utf8" })
  return { code: ended.status, out: ended.stdout, err: ended.stderr }
}

const git = (cwd: string, ...words: ReadonlyArray<string>) => {
  const { code, err } = command(cwd, "git", words)
  expect([words.join(" "), code, err.startsWith("fatal")]).toEqual([words.join(" "), 0, false])
}

/** Runs a step of the action as a runner does: its text in bash, its inputs as the caller gave them or by default. */
const performed = (name: string, inputs: Record<string, string>, github: Record<string, string>) => {
  const step = steps.find((each) => each.name === name)
  if (step === undefined) throw new Error(`there is no step ${name}`)
  const value = (text: string): string =>
    text.replace(/\$\{\{ (?:inputs\.([a-z-]+)|([a-z._]+)) \}\}/g, (_, input: string | undefined, other: string) =>
      input === undefined ? (github[other] ?? "") : (inputs[input] ?? String(map(map(action.inputs)[input]).default))
    )
  const env = Object.fromEntries(Object.entries(map(step.env)).map(([key, each]) => [key, value(String(each))]))
  for (const file of ["output", "summary"]) Fs.writeFileSync(at(file), "")
  const said = command(at("clone"), "bash", ["-e", "-o", "pipefail", "-c", String(step.run)], {
    ...env,
    PATH: `${Path.dirname(process.execPath)}:${at("bin")}:${process.env.PATH ?? ""}`,
    GITHUB_ACTION_PATH: project,
    GITHUB_REPOSITORY: "owner/name",
    GITHUB_BASE_REF: "main",
    GITHUB_OUTPUT: at("output"),
    GITHUB_STEP_SUMMARY: at("summary"),
    RUNNER_TEMP: at("runner")
  })
  return { ...said, output: Fs.readFileSync(at("output"), "utf8"), summary: Fs.readFileSync(at("summary"), "utf8") }
}

const verified = (inputs: Record<string, string> = {}) => performed("Check, layout, lock and claims", inputs, {})

const write = (name: string, text: string) => Fs.writeFileSync(at("clone", name), text)

const tiny = fixture("tiny.bica")

describe("the action in a clone", { timeout: 120_000 }, () => {
  beforeAll(() => {
    folder = Fs.realpathSync(Fs.mkdtempSync(Path.join(Os.tmpdir(), "bica-action-")))
    for (const name of ["runner", "bin"]) Fs.mkdirSync(at(name))
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(folder, "clone", "--quiet", at("origin.git"), "clone")
    const bica = (...words: ReadonlyArray<string>) => {
      const said = command(at("clone"), process.execPath, [Path.join(project, "bin/bica.js"), ...words])
      expect([said.code, said.err]).toEqual([0, ""])
      return said.out
    }
    const locked = (text: string) => {
      write("tiny.bica", text)
      bica("lock", lastLine(bica("run", "tiny.bica", "--runs", at("runs"))))
    }
    git(at("clone"), "checkout", "--quiet", "-b", "main")
    locked(tiny)
    git(at("clone"), "add", "tiny.bica", "bica.lock")
    git(at("clone"), "commit", "--quiet", "-m", "one")
    git(at("clone"), "push", "--quiet", "origin", "main")
    git(at("clone"), "checkout", "--quiet", "-b", "change")
    locked(tiny.replace("play 16 episodes on map by", "play 12 episodes on map by"))
    // a GitHub that remembers what it was asked, and has the comment that is in the file `comment`
    Fs.writeFileSync(
      at("bin/gh"),
      `#!/usr/bin/env bash\nprintf '%s\\n' "$*" >>"${at("asked")}"\n` +
        `case "$*" in *--paginate*) [ ! -f "${at("comment")}" ] || echo 77;; *) cp "\${@: -1:1}" /dev/null 2>/dev/null; ` +
        `for word in "$@"; do case "$word" in body=@*) cp "\${word#body=@}" "${at("comment")}";; esac; done;; esac\n`,
      { mode: 0o755 }
    )
  }, 120_000)
  afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

  it("passes, and says what changed against the branch that the pull request goes to", () => {
    const { code, out, output, summary } = verified()
    expect([code, out]).toEqual([0, "ok  tiny.bica: identical (6 stages)\n"])
    expect(output).toBe(`summary=${at("runner/bica-summary.md")}\n`)
    expect(summary).toContain("## bica: everything is in order\n")
    expect(summary).toContain("| `tiny.bica` planner_is_ahead | holds |")
    expect(summary).toContain("- stage oracles, play: 16 episodes became 12 episodes")
    expect(summary).toMatch(/\| oracles: steps of planner \(oracle\) on map \| [\d.]+ \| [\d.]+ \| [+-][\d.]+ \|/)
    expect(summary).not.toContain("test: success")
  })

  it("writes one comment and changes it from then on", () => {
    const { summary } = verified({ whole: "0" })
    const github = {
      "steps.verify.outputs.summary": at("runner/bica-summary.md"),
      "github.event.pull_request.number": "5"
    }
    for (const _ of [1, 2]) expect(performed("Comment", {}, github)).toMatchObject({ code: 0, err: "" })
    const asked = Fs.readFileSync(at("asked"), "utf8").trimEnd().split("\n")
    expect(asked.filter((each) => each.includes("--method")).map((each) => each.split(" -F")[0])).toEqual([
      "api --method POST repos/owner/name/issues/5/comments",
      "api --method PATCH repos/owner/name/issues/comments/77"
    ])
    const [marker, ...rest] = Fs.readFileSync(at("comment"), "utf8").split("\n")
    expect(marker).toBe("<!-- bica: what holds and what changed -->")
    expect(rest.join("\n")).toBe(summary)
    expect(summary).toContain("| identical | 1 of 6 stages, the first 2 updates |")
  })

  it("fails on a file that is not laid out, one that means something else, and a claim that fails", () => {
    const good = Fs.readFileSync(at("clone/bica.lock"), "utf8")
    const text = Fs.readFileSync(at("clone/tiny.bica"), "utf8")
    write("tiny.bica", text.replace("grid       5", "grid 5"))
    expect(verified({ whole: "0" })).toMatchObject({
      code: 1,
      out: "--  tiny.bica: identical (1 of 6 stages, the first 2 updates)\n      layout: not formatted; `bica fmt tiny.bica` does it\n"
    })
    write("tiny.bica", text.replace("<= 1.0 nats", "<= 0.5 nats"))
    const other = verified()
    expect(other.code).toBe(1)
    expect(other.summary).toContain("| **different** | not run |")
    expect(other.summary).toContain("budget ai_drift: 1 nats became 0.5 nats")
    write("tiny.bica", text.replace("agent ai", "agent"))
    expect(verified()).toMatchObject({ code: 2, summary: expect.stringMatching(/\| \*\*\d+ wrong\*\* \|/) })
    write("tiny.bica", text)
    write("bica.lock", good.replace('"verdict": "holds"', '"verdict": "fails"'))
    const failing = verified({ whole: "0", files: "tiny.bica" })
    expect(failing.code).toBe(1)
    expect(failing.out).toContain("claim planner_is_ahead: fails")
    expect(failing.summary).toContain("| **fails** |")
    write("bica.lock", good)
  })

  it("fails on a lock whose numbers are not those of the file, and names the place", () => {
    const good = Fs.readFileSync(at("clone/bica.lock"), "utf8")
    write("bica.lock", good.replace(/("metric": "steps", "by": "planner".*"value": )[\d.]+/, "$19.5"))
    const { code, summary } = verified()
    expect(code).toBe(1)
    expect(summary).toContain("1 of 1 pipelines out of order")
    expect(summary).toMatch(/first apart: oracles\/seed-1, steps of planner on map .*: 9\.5 in the lock, /)
    write("bica.lock", good)
  })

  it("says so when there is no lock", () => {
    const { code, err, summary } = verified({ lock: "no.lock" })
    expect([code, summary]).toEqual([2, ""])
    expect(err).toContain("no.lock: there is no lock")
  })
})
