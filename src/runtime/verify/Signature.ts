/**
 * Signed statements: a DSSE envelope (https://github.com/secure-systems-lab/dsse) in a Sigstore bundle, as cosign and the in-toto
 * tools read it. Keys are PEM files, ECDSA over P-256 or Ed25519. The only file that knows @sigstore.
 */
import {
  bundleFromJSON,
  bundleToJSON,
  envelopeFromJSON,
  isBundleWithDsseEnvelope,
  toDSSEBundle
} from "@sigstore/bundle"
import type { Envelope } from "@sigstore/bundle"
import { crypto, dsse } from "@sigstore/core"
import { Result, Schema } from "effect"
import { createPrivateKey, createPublicKey, sign as signBytes } from "node:crypto"
import type { KeyObject } from "node:crypto"

/** The type of what is signed. */
export const payloadType = "application/vnd.in-toto+json"

/** The digest that a key's signature is over; none for Ed25519, which has its own. Undefined for keys that are not for this. */
const algorithmOf = (key: KeyObject): { readonly digest: string | undefined } | undefined => {
  if (key.asymmetricKeyType === "ed25519") return { digest: undefined }
  const isP256 = key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1"
  return isP256 ? { digest: "sha256" } : undefined
}

const wrongKind = (key: KeyObject): string =>
  `it is a key of ${[key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve].filter((part) => part !== undefined).join(" ")}; ECDSA over P-256 and Ed25519 are understood`

/** A name for a key: base64 of the sha256 over the public key as SubjectPublicKeyInfo in DER. */
const hintOf = (key: KeyObject): string =>
  crypto.digest("sha256", createPublicKey(key).export({ format: "der", type: "spki" })).toString("base64")

const hintOfPublic = (key: KeyObject): string =>
  crypto.digest("sha256", key.export({ format: "der", type: "spki" })).toString("base64")

/** The private key of a PEM text, or why it cannot be used. */
export const readPrivateKey = (pem: string): Result.Result<KeyObject, string> => {
  if (pem.includes("ENCRYPTED")) {
    return Result.fail("the key is encrypted; `openssl pkey -in KEY -out PLAIN` writes it without a passphrase")
  }
  const key = Result.try(() => createPrivateKey(pem))
  if (Result.isFailure(key)) {
    return Result.fail(
      pem.includes("PUBLIC KEY")
        ? "it is a public key; signing takes the private one"
        : "it is not a private key in PEM"
    )
  }
  return algorithmOf(key.success) === undefined ? Result.fail(wrongKind(key.success)) : Result.succeed(key.success)
}

/** The public key of a PEM text, also that of a private one, or why it cannot be used. */
export const readPublicKey = (pem: string): Result.Result<KeyObject, string> => {
  const key = Result.try(() => crypto.createPublicKey(pem.trim()))
  if (Result.isFailure(key)) return Result.fail("it is not a public key in PEM")
  return algorithmOf(key.success) === undefined ? Result.fail(wrongKind(key.success)) : Result.succeed(key.success)
}

/** The Sigstore bundle (JSON) with the payload and its signature by `key`, one that `readPrivateKey` gave. */
export const sign = (payload: Uint8Array, key: KeyObject): string => {
  const artifact = Buffer.from(payload)
  const signature = signBytes(algorithmOf(key)?.digest, dsse.preAuthEncoding(payloadType, artifact), key)
  const bundle = toDSSEBundle({ artifact, artifactType: payloadType, signature, keyHint: hintOf(key) })
  return `${JSON.stringify(bundleToJSON(bundle), null, 1)}\n`
}

/** What a file of this kind may be. */
export type Signed =
  | { readonly _tag: "Statement"; readonly text: string }
  | { readonly _tag: "Envelope"; readonly envelope: Envelope }

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)))

/** Reads a statement, a DSSE envelope or a Sigstore bundle with one; or says why the text is none of them. */
export const open = (text: string): Result.Result<Signed, string> => {
  const json = decodeJson(text)
  if (Result.isFailure(json)) return Result.fail("it is not a JSON object")
  if ("_type" in json.success) return Result.succeed({ _tag: "Statement", text })
  if ("mediaType" in json.success) {
    const bundle = Result.try(() => bundleFromJSON(json.success))
    if (Result.isFailure(bundle)) return Result.fail("it is no Sigstore bundle that is understood here")
    if (!isBundleWithDsseEnvelope(bundle.success)) return Result.fail("the Sigstore bundle holds no DSSE envelope")
    return Result.succeed({ _tag: "Envelope", envelope: bundle.success.content.dsseEnvelope })
  }
  if ("payload" in json.success) {
    const envelope = Result.try(() => envelopeFromJSON(json.success))
    if (Result.isFailure(envelope)) return Result.fail("it is no DSSE envelope that is understood here")
    return Result.succeed({ _tag: "Envelope", envelope: envelope.success })
  }
  return Result.fail("it is no in-toto statement, no DSSE envelope and no Sigstore bundle")
}

/** Why the signature of an envelope does not hold for a key, or undefined when it does. */
export const fault = (envelope: Envelope, key: KeyObject): string | undefined => {
  if (envelope.signatures.length === 0) return "the envelope carries no signature"
  const signed = dsse.preAuthEncoding(envelope.payloadType, envelope.payload)
  const digest = algorithmOf(key)?.digest
  if (envelope.signatures.some(({ sig }) => crypto.verify(signed, key, sig, digest))) return undefined
  const own = hintOfPublic(key)
  const [first] = envelope.signatures
  return first !== undefined && first.keyid !== "" && first.keyid !== own
    ? `it is signed with another key (${first.keyid}, the given one is ${own})`
    : "the signature is not that of this key over these contents"
}
