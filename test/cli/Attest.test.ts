import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as Fs from "node:fs"
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
  await place.bica("lock", run)
  Fs.mkdirSync(at("generated"))
  place.write("generated/tiny.ts", "// compiled\n")
  for (const name of ["key", "other"]) {
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", `${name}.pem`)
    openssl("pkey", "-in", `${name}.pem`, "-pubout", "-out", `${name}.pub`)
  }
  expect(await place.bica("attest", "bica.lock", "--key", "key.pem")).toEqual({
    code: 0,
    out: "bica.lock.sigstore.json\n",
    err: ""
  })
}, 60_000)
afterAll(() => place.remove())

const at = (name: string) => Path.join(place.folder, name)

const openssl = (...words: ReadonlyArray<string>) => {
  const ended = spawnSync("openssl", words, { cwd: place.folder, encoding: "utf8" })
  return { code: ended.status, out: ended.stdout, err: ended.stderr }
}

const sha256 = (name: string) =>
  createHash("sha256")
    .update(Fs.readFileSync(at(name)))
    .digest("hex")

const bundle = "bica.lock.sigstore.json"

/** A Python that has securesystemslib (Debian: python3-securesystemslib). */
const python = ["/usr/bin/python3", "python3"].find(
  (each) => spawnSync(each, ["-c", "import securesystemslib.signer"]).status === 0
)
const whyNot = python === undefined ? " (skipped: there is no Python with securesystemslib)" : ""

/** Verifies an envelope as https://github.com/secure-systems-lab/dsse/blob/master/protocol.md says: what is signed holds type and payload with their lengths. */
const securesystemslib = `
import base64, hashlib, json, sys
from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Signature, SSlibKey

envelope = json.load(open(sys.argv[1]))
public = open(sys.argv[2]).read()
payload = base64.b64decode(envelope["payload"], validate=True)
kind = envelope["payloadType"].encode()
signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
keyid = hashlib.sha256(public.encode()).hexdigest()
key = SSlibKey(keyid, "ecdsa", "ecdsa-sha2-nistp256", {"public": public})
[signature] = envelope["signatures"]
try:
    key.verify_signature(Signature(keyid, base64.b64decode(signature["sig"], validate=True).hex()), signed)
    print("verified")
except UnverifiedSignatureError as error:
    print(type(error).__name__)
`

const check = (name: string, ...words: ReadonlyArray<string>) => place.bica("attest", "--check", name, ...words)

describe("bica attest of a lock", () => {
  it("states the digests of the lock, its inputs and what they compile to, and the claims as tests", async () => {
    expect((await place.bica("attest", "bica.lock")).out).toBe("bica.lock.intoto.json\n")
    const statement = JSON.parse(place.read("bica.lock.intoto.json"))
    const subject = ["bica.lock", "generated/tiny.ts", "tiny.bica"].map((name) => ({
      name,
      digest: { sha256: sha256(name) }
    }))
    expect(statement).toMatchObject({
      _type: "https://in-toto.io/Statement/v1",
      subject,
      predicateType: "https://in-toto.io/attestation/test-result/v0.1",
      predicate: {
        result: "PASSED",
        configuration: [{ name: "tiny.bica", annotations: { pipeline: "tiny", environment: { engine: "onnx" } } }],
        passedTests: ["tiny/planner_is_ahead"],
        warnedTests: [],
        failedTests: []
      }
    })
    // no times: the same statement whenever it is made
    const before = place.read("bica.lock.intoto.json")
    await place.bica("attest", "bica.lock")
    expect(place.read("bica.lock.intoto.json")).toBe(before)
  })

  it("signs so that openssl agrees, which knows nothing of envelopes", () => {
    const { dsseEnvelope } = JSON.parse(place.read(bundle))
    const body = Buffer.from(dsseEnvelope.payload, "base64")
    const type = "application/vnd.in-toto+json"
    Fs.writeFileSync(at("signed.bin"), Buffer.concat([Buffer.from(`DSSEv1 28 ${type} ${body.length} `), body]))
    Fs.writeFileSync(at("signature.bin"), Buffer.from(dsseEnvelope.signatures[0].sig, "base64"))
    const verify = (key: string) =>
      openssl("dgst", "-sha256", "-verify", key, "-signature", "signature.bin", "signed.bin")
    expect(verify("key.pub")).toMatchObject({ code: 0, out: "Verified OK\n" })
    expect(verify("other.pub").code).toBe(1)
  })

  it.skipIf(python === undefined)(
    `signs so that securesystemslib agrees, the library of in-toto and TUF for Python, and does not when anything is changed${whyNot}`,
    () => {
      const { dsseEnvelope } = JSON.parse(place.read(bundle))
      const answer = (envelope: unknown, key: string) => {
        place.write("envelope.json", JSON.stringify(envelope))
        const ended = spawnSync(python ?? "", ["-c", securesystemslib, "envelope.json", key], {
          cwd: place.folder,
          encoding: "utf8"
        })
        expect([ended.stderr, ended.status]).toEqual(["", 0])
        return ended.stdout
      }
      expect(answer(dsseEnvelope, "key.pub")).toBe("verified\n")
      expect(answer(dsseEnvelope, "other.pub")).toBe("UnverifiedSignatureError\n")
      const failed = Buffer.from(dsseEnvelope.payload, "base64").toString().replace("PASSED", "FAILED")
      expect(answer({ ...dsseEnvelope, payload: Buffer.from(failed).toString("base64") }, "key.pub")).toBe(
        "UnverifiedSignatureError\n"
      )
      expect(answer({ ...dsseEnvelope, payloadType: "application/json" }, "key.pub")).toBe("UnverifiedSignatureError\n")
    }
  )

  it("is refused when a file has changed its meaning since", async () => {
    Fs.mkdirSync(at("changed"), { recursive: true })
    place.write("changed/bica.lock", place.read("bica.lock"))
    place.write("changed/tiny.bica", fixture("tiny.bica").replace("gru(8)", "gru(9)"))
    const { code, err } = await place.bica("attest", "changed/bica.lock")
    expect([code, err]).toEqual([
      1,
      "changed/tiny.bica: has changed since it was locked\n  agent ai, policy: gru(8) became gru(9)\n" +
        "Run it again and lock that run: a statement would say of this file what another one gave.\n"
    ])
    expect(Fs.readdirSync(at("changed")).sort()).toEqual(["bica.lock", "tiny.bica"])
  })

  it("is refused without lock, with a key that is not there or is a public one", async () => {
    expect((await place.bica("attest", "no.lock")).err).toContain("no.lock: there is no lock and no run")
    expect(await place.bica("attest", "bica.lock", "--key", "no.pem")).toMatchObject({
      code: 2,
      err: "no.pem: there is no such key\n"
    })
    expect(await place.bica("attest", "bica.lock", "--key", "key.pub")).toMatchObject({
      code: 2,
      err: "key.pub: it is a public key; signing takes the private one\n"
    })
  })
})

describe("bica attest of a run", () => {
  it("states every artifact and the report beside them, and holds in another place", async () => {
    Fs.mkdirSync(at(`${run}/report`))
    Fs.writeFileSync(at(`${run}/report/report.html`), "<p>as it was\n")
    const { out } = await place.bica("attest", run, "--key", "key.pem")
    expect(out).toBe(`${run}/attestation.sigstore.json\n`)
    const { dsseEnvelope } = JSON.parse(place.read(out.trim()))
    const names: ReadonlyArray<string> = JSON.parse(Buffer.from(dsseEnvelope.payload, "base64").toString()).subject.map(
      ({ name }: { readonly name: string }) => name
    )
    expect(names).toEqual(
      expect.arrayContaining([
        "claims.json",
        "measures.json",
        "report/report.html",
        "source.bica",
        "stages/train/bica/seed-1/artifacts/weights.safetensors"
      ])
    )
    const digest = (await place.bica("digest", run)).out.trimEnd().split("\n").slice(0, -1)
    expect(names.length).toBeGreaterThanOrEqual(digest.length + 4)
    Fs.cpSync(at(run), at("copy"), { recursive: true })
    expect((await check("copy/attestation.sigstore.json", "--key", "key.pub")).code).toBe(0)
    Fs.writeFileSync(at("copy/report/report.html"), "<p>otherwise\n")
    const { code, err } = await check("copy/attestation.sigstore.json", "--key", "key.pub")
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(
        /^copy\/attestation\.sigstore\.json: report\/report\.html: the file is another one \(sha256 .*\)\n$/
      )
    ])
  })
})

describe("bica attest --check", () => {
  it("says what is in order, and what nobody asked it to check", async () => {
    const { code, err, out } = await check(bundle, "--key", "key.pub")
    expect([code, err]).toEqual([0, ""])
    expect(out).toBe(
      `${bundle}: in order\n  signature: of key.pub\n  files: 3 are as stated\n` +
        "  result: PASSED (claims: 1 hold, 0 fail, 0 undecided)\n"
    )
    expect((await check(bundle)).out).toContain("signature: not checked, for no key was given (--key)")
    await place.bica("attest", "bica.lock")
    expect((await check("bica.lock.intoto.json")).out).toContain("signature: none")
  })

  it("of a statement without signature fails when a signature is asked for", async () => {
    await place.bica("attest", "bica.lock")
    expect(await check("bica.lock.intoto.json", "--key", "key.pub")).toEqual({
      code: 1,
      out: "",
      err: "bica.lock.intoto.json: it carries no signature\n"
    })
  })

  it("names another key", async () => {
    const { code, err } = await check(bundle, "--key", "other.pub")
    expect(code).toBe(1)
    expect(err).toMatch(/^bica\.lock\.sigstore\.json: it is signed with another key \(\S+, the given one is \S+\)\n$/)
  })

  const statement = () => {
    const { dsseEnvelope } = JSON.parse(place.read(bundle))
    return JSON.parse(Buffer.from(dsseEnvelope.payload, "base64").toString())
  }

  /** The bundle with another payload under the old signature. */
  const withPayload = (payload: unknown) => {
    const whole = JSON.parse(place.read(bundle))
    whole.dsseEnvelope.payload = Buffer.from(JSON.stringify(payload)).toString("base64")
    return JSON.stringify(whole)
  }

  const outOfOrder = "the signature is not that of this key over these contents"

  it.each([
    ["a verdict", () => withPayload({ ...statement(), predicate: { ...statement().predicate, result: "FAILED" } })],
    ["a subject", () => withPayload({ ...statement(), subject: statement().subject.slice(1) })],
    [
      "the configuration",
      () => withPayload({ ...statement(), predicate: { ...statement().predicate, configuration: [] } })
    ],
    ["the type of the payload", () => place.read(bundle).replace("vnd.in-toto+json", "vnd.in-toto+yaml")],
    [
      "the signature",
      () => place.read(bundle).replace(/("sig": "[^"]{20})(.)/, (_, a, b) => a + (b === "A" ? "B" : "A"))
    ]
  ])("finds that %s was changed", async (_, tampered) => {
    place.write("tampered.json", tampered())
    const { code, err } = await check("tampered.json", "--key", "key.pub")
    expect(code).toBe(1)
    expect(err).toContain(`tampered.json: ${outOfOrder}\n`)
  })

  it("finds every file that is another one or is gone, and says each on a line", async () => {
    Fs.mkdirSync(at("moved"), { recursive: true })
    place.write(`moved/${bundle}`, place.read(bundle))
    place.write("moved/tiny.bica", `${fixture("tiny.bica")}\n`)
    place.write("moved/bica.lock", place.read("bica.lock"))
    const { code, err } = await check(`moved/${bundle}`, "--key", "key.pub")
    expect(code).toBe(1)
    expect(err.trimEnd().split("\n")).toEqual([
      `moved/${bundle}: generated/tiny.ts: the file is not there`,
      expect.stringMatching(/^moved\/bica\.lock\.sigstore\.json: tiny\.bica: the file is another one /)
    ])
  })

  it("holds an unsigned statement to the verdicts in its lock", async () => {
    const { predicate } = statement()
    const failed = { ...predicate, result: "FAILED", passedTests: [], failedTests: predicate.passedTests }
    place.write("unsigned.json", JSON.stringify({ ...statement(), predicate: failed }))
    const { code, err } = await check("unsigned.json")
    expect([code, err.trimEnd().split("\n")]).toEqual([
      1,
      [
        "unsigned.json: it says FAILED, and its files say PASSED",
        "unsigned.json: passed: it says none, and its files say tiny/planner_is_ahead",
        "unsigned.json: failed: it says tiny/planner_is_ahead, and its files say none"
      ]
    ])
  })

  it("of what is no statement is exit code 2, of another predicate 1", async () => {
    expect(await check("tiny.bica")).toEqual({ code: 2, out: "", err: "tiny.bica: it is not a JSON object\n" })
    expect((await check("nothing.json")).err).toBe("nothing.json: there is no such file\n")
    place.write("other.json", JSON.stringify({ ...statement(), predicateType: "https://slsa.dev/provenance/v1" }))
    const { code, err } = await check("other.json")
    expect(code).toBe(1)
    expect(err).toContain('other.json: its predicateType is "https://slsa.dev/provenance/v1", not ')
  })
})
