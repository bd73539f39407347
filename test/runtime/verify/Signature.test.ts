import { Result } from "effect"
import { generateKeyPairSync, verify } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { describe, expect, it } from "vitest"
import { fault, open, readPrivateKey, readPublicKey, sign } from "../../../src/runtime/verify/Signature.ts"

const ecdsa = generateKeyPairSync("ec", { namedCurve: "P-256" })
const ed25519 = generateKeyPairSync("ed25519")
const pem = (key: KeyObject): string =>
  String(key.export({ format: "pem", type: key.type === "private" ? "pkcs8" : "spki" }))

const payload = new TextEncoder().encode('{"text": "ä, four signs of it"}')

/** What a signature is over, put together by hand: DSSE's pre-authentication encoding, its lengths counted in bytes. */
const signedBytes = (type: string, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${body.length} `), body])

const opened = (text: string) => {
  const signed = open(text)
  if (Result.isFailure(signed) || signed.success._tag !== "Envelope") throw new Error("no envelope")
  return signed.success.envelope
}

describe.each([
  ["ECDSA over P-256", ecdsa, "sha256"],
  ["Ed25519", ed25519, null]
])("a signature with %s", (_, pair, digest) => {
  const text = sign(payload, pair.privateKey)

  it("holds for its key, also by another way of checking it", () => {
    expect(fault(opened(text), pair.publicKey)).toBeUndefined()
    const { dsseEnvelope } = JSON.parse(text)
    expect(dsseEnvelope.payloadType).toBe("application/vnd.in-toto+json")
    const body = Buffer.from(dsseEnvelope.payload, "base64")
    expect(new Uint8Array(body)).toEqual(payload)
    const signature = Buffer.from(dsseEnvelope.signatures[0].sig, "base64")
    expect(verify(digest, signedBytes(dsseEnvelope.payloadType, body), pair.publicKey, signature)).toBe(true)
  })

  it("does not hold for another key, and says so", () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey
    expect(fault(opened(text), other)).toContain("it is signed with another key")
  })

  it("does not hold when one bit of what it is over changes, or of itself", () => {
    const { dsseEnvelope, ...rest } = JSON.parse(text)
    const flipped = (base64: string, at: number) => {
      const bytes = Buffer.from(base64, "base64")
      bytes[at] = (bytes[at] ?? 0) ^ 1
      return bytes.toString("base64")
    }
    const [signature] = dsseEnvelope.signatures
    for (const envelope of [
      { ...dsseEnvelope, payload: flipped(dsseEnvelope.payload, 3) },
      { ...dsseEnvelope, payloadType: "application/vnd.in-toto+jsom" },
      { ...dsseEnvelope, signatures: [{ ...signature, sig: flipped(signature.sig, 12) }] }
    ]) {
      const changed = opened(JSON.stringify({ ...rest, dsseEnvelope: envelope }))
      expect(fault(changed, pair.publicKey)).toBe("the signature is not that of this key over these contents")
    }
  })

  it("is read from a bundle and from a bare envelope", () => {
    const bare = JSON.stringify(JSON.parse(text).dsseEnvelope)
    expect(fault(opened(bare), pair.publicKey)).toBeUndefined()
    const unsigned = JSON.stringify({ ...JSON.parse(bare), signatures: [] })
    expect(fault(opened(unsigned), pair.publicKey)).toBe("the envelope carries no signature")
  })
})

describe("a key", () => {
  const failure = (result: Result.Result<KeyObject, string>) => (Result.isFailure(result) ? result.failure : "read")

  it("of these kinds is read from its PEM; the public one also from the private one", () => {
    for (const { privateKey, publicKey } of [ecdsa, ed25519]) {
      expect(failure(readPrivateKey(pem(privateKey)))).toBe("read")
      expect(failure(readPublicKey(pem(publicKey)))).toBe("read")
      const derived = readPublicKey(pem(privateKey))
      expect(Result.isSuccess(derived) && derived.success.equals(publicKey)).toBe(true)
    }
  })

  it("of another kind, encrypted, or no key at all is refused with the reason", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 })
    const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" })
    const locked = ecdsa.privateKey.export({ format: "pem", type: "pkcs8", cipher: "aes-128-cbc", passphrase: "x" })
    expect(failure(readPrivateKey(pem(rsa.privateKey)))).toMatch(/^it is a key of rsa; /)
    expect(failure(readPublicKey(pem(p384.publicKey)))).toMatch(/^it is a key of ec secp384r1; /)
    expect(failure(readPrivateKey(String(locked)))).toContain("the key is encrypted; `openssl pkey ")
    expect(failure(readPrivateKey(pem(ecdsa.publicKey)))).toBe("it is a public key; signing takes the private one")
    expect(failure(readPrivateKey("no key"))).toBe("it is not a private key in PEM")
    expect(failure(readPublicKey("no key"))).toBe("it is not a public key in PEM")
  })
})

describe("what is no statement", () => {
  it.each([
    ["nothing", "it is not a JSON object"],
    ["{}", "it is no in-toto statement, no DSSE envelope and no Sigstore bundle"],
    ['{"payload": 3}', "it is no DSSE envelope that is understood here"],
    ['{"mediaType": "x"}', "it is no Sigstore bundle that is understood here"]
  ])("%s is refused", (text, reason) => {
    const read = open(text)
    expect(Result.isFailure(read) ? read.failure : "read").toBe(reason)
  })
})
