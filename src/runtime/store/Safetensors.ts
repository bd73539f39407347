/**
 * The safetensors format: named tensors as raw little-endian bytes behind a JSON header, readable without executing
 * anything.
 *
 * A file is eight bytes of header length (unsigned, little-endian), the header, and the data. The header maps each
 * name to `dtype`, `shape` and `data_offsets` (begin and end, counted from the end of the header). The data has no
 * holes. Format: https://github.com/huggingface/safetensors#format
 */
import { Result, Schema } from "effect"
import type { StoredTensor } from "./Store.ts"

/** The bytes are not a safetensors file, or the tensors cannot be written as one. */
export class SafetensorsError extends Schema.TaggedError<SafetensorsError>()("SafetensorsError", {
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** Free text that travels in the header under `__metadata__`. */
export type Metadata = Readonly<Record<string, string>>

/** What a file holds. */
export interface Contents {
  readonly tensors: Readonly<Record<string, StoredTensor>>
  readonly metadata: Metadata
}

/** Longest header that is read, in bytes; the reference implementation's limit. */
export const maximumHeaderLength = 100_000_000

type Dtype = "F32" | "I32" | "U8"

const itemSize: Readonly<Record<Dtype, number>> = { F32: 4, I32: 4, U8: 1 }

/** Types that the format names and this runtime has no array for. */
const foreignDtypes: ReadonlySet<string> = new Set([
  "BOOL",
  "F4",
  "F6_E2M3",
  "F6_E3M2",
  "F8_E4M3",
  "F8_E5M2",
  "F8_E8M0",
  "I8",
  "I16",
  "U16",
  "F16",
  "BF16",
  "U32",
  "F64",
  "I64",
  "U64"
])

const isDtype = (name: string): name is Dtype => Object.hasOwn(itemSize, name)

const metadataKey = "__metadata__"

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

const fail = (reason: string) => Result.fail(new SafetensorsError({ reason }))

const dtypeOf = (data: StoredTensor["data"]): Dtype =>
  data instanceof Float32Array ? "F32" : data instanceof Int32Array ? "I32" : "U8"

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The number of elements of a shape, or undefined when a dimension is not a natural number or the product is beyond
 * 2^53.
 */
const elements = (shape: ReadonlyArray<number>): number | undefined => {
  let product = 1
  for (const dimension of shape) {
    if (!Number.isSafeInteger(dimension) || dimension < 0) return undefined
    product *= dimension
    if (!Number.isSafeInteger(product)) return undefined
  }
  return product
}

const swap32 = (bytes: Uint8Array): void => {
  for (let i = 0; i + 3 < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse()
}

/**
 * Writes tensors as a safetensors file.
 *
 * Equal tensors and metadata give equal bytes: names are sorted by code unit in the header, arrays of four-byte
 * numbers come before bytes in the data (so that every number is aligned), names sorted within each. The header is
 * padded with spaces so that the data begins at a multiple of 8 bytes. Bits are kept as they are, NaN payloads and
 * negative zeros included. Fails when a shape does not fit its data or a tensor is called `__metadata__`.
 */
export const encode = (
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata: Metadata = {}
): Result.Result<Uint8Array, SafetensorsError> => {
  const names = Object.keys(tensors).sort(compareText)
  const entries: Array<{ readonly name: string; readonly dtype: Dtype; readonly tensor: StoredTensor }> = []
  for (const name of names) {
    const tensor = tensors[name]
    if (tensor === undefined) continue
    if (name === metadataKey) return fail(`a tensor cannot be called ${metadataKey}`)
    if (elements(tensor.shape) !== tensor.data.length) {
      return fail(`tensor ${name}: shape [${tensor.shape.join(", ")}] does not hold ${tensor.data.length} numbers`)
    }
    entries.push({ name, dtype: dtypeOf(tensor.data), tensor })
  }
  const laidOut = [
    ...entries.filter((entry) => entry.dtype !== "U8"),
    ...entries.filter((entry) => entry.dtype === "U8")
  ]
  const offsets = new Map<string, readonly [number, number]>()
  let end = 0
  for (const { name, tensor } of laidOut) {
    offsets.set(name, [end, end + tensor.data.byteLength])
    end += tensor.data.byteLength
  }
  // The object is spelt by hand: JSON.stringify would move names that look like integers to the front.
  const fields: Array<string> = []
  const metadataNames = Object.keys(metadata).sort(compareText)
  if (metadataNames.length > 0) {
    const texts = metadataNames.map((name) => `${JSON.stringify(name)}:${JSON.stringify(metadata[name])}`)
    fields.push(`"${metadataKey}":{${texts.join(",")}}`)
  }
  for (const { name, dtype, tensor } of entries) {
    fields.push(
      `${JSON.stringify(name)}:` + JSON.stringify({ dtype, shape: tensor.shape, data_offsets: offsets.get(name) })
    )
  }
  const header = new TextEncoder().encode(`{${fields.join(",")}}`)
  const headerLength = Math.ceil(header.length / 8) * 8
  if (headerLength > maximumHeaderLength)
    return fail(`a header of ${headerLength} bytes is over the limit of ${maximumHeaderLength}`)
  const bytes = new Uint8Array(8 + headerLength + end)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true)
  bytes.fill(0x20, 8, 8 + headerLength)
  bytes.set(header, 8)
  for (const { name, dtype, tensor } of laidOut) {
    const [begin, stop] = offsets.get(name) ?? [0, 0]
    const target = bytes.subarray(8 + headerLength + begin, 8 + headerLength + stop)
    target.set(new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength))
    if (!littleEndian && itemSize[dtype] === 4) swap32(target)
  }
  return Result.succeed(bytes)
}

const decodeHeader = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)))
const decodeMetadata = Schema.decodeUnknownResult(Schema.Record(Schema.String, Schema.String))
const TensorInfo = Schema.Struct({
  dtype: Schema.String,
  shape: Schema.Array(Schema.Natural),
  data_offsets: Schema.Tuple([Schema.Natural, Schema.Natural])
})
const decodeInfo = Schema.decodeUnknownResult(TensorInfo, { onExcessProperty: "error" })

/** A copy at an offset of zero; `slice` of a Node Buffer would be a view. */
const copy = (bytes: Uint8Array, begin: number, end: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(bytes.subarray(begin, end))

const toArray = (dtype: Dtype, bytes: Uint8Array<ArrayBuffer>): StoredTensor["data"] => {
  if (dtype === "U8") return bytes
  if (!littleEndian) swap32(bytes)
  return dtype === "F32" ? new Float32Array(bytes.buffer) : new Int32Array(bytes.buffer)
}

/**
 * Reads a safetensors file whose tensors are F32, I32 or U8; every array is a copy of its own.
 *
 * Strict: the header length is bounded by the file and by `maximumHeaderLength`, each range must be as long as its
 * shape says, and the ranges must cover the data exactly, without overlap or hole. Anything else fails with the
 * tensor named.
 */
export const decode = (bytes: Uint8Array): Result.Result<Contents, SafetensorsError> => {
  if (bytes.length < 8) return fail(`${bytes.length} bytes are too few to hold the header length`)
  const declared = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  if (declared > BigInt(maximumHeaderLength)) {
    return fail(`the header claims ${declared} bytes, over the limit of ${maximumHeaderLength}`)
  }
  const headerLength = Number(declared)
  if (headerLength > bytes.length - 8) {
    return fail(`the header claims ${headerLength} bytes, but only ${bytes.length - 8} follow its length`)
  }
  if (bytes[8] !== 0x7b || headerLength === 0) return fail("the header does not begin with {")
  const text = Result.try(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + headerLength)))
  if (Result.isFailure(text)) return fail("the header is not UTF-8")
  const header = decodeHeader(text.success)
  if (Result.isFailure(header)) return fail("the header is not a JSON object")
  const dataLength = bytes.length - 8 - headerLength
  let metadata: Metadata = {}
  const ranges: Array<{ readonly name: string; readonly begin: number; readonly end: number }> = []
  const tensors: Array<readonly [string, StoredTensor]> = []
  for (const [name, value] of Object.entries(header.success)) {
    if (name === metadataKey) {
      const decoded = decodeMetadata(value)
      if (Result.isFailure(decoded)) return fail(`${metadataKey} is not a map from text to text`)
      metadata = decoded.success
      continue
    }
    const info = decodeInfo(value)
    if (Result.isFailure(info)) return fail(`tensor ${name}: the entry is not {dtype, shape, data_offsets}`)
    const {
      dtype,
      shape,
      data_offsets: [begin, end]
    } = info.success
    if (!isDtype(dtype)) {
      return fail(
        foreignDtypes.has(dtype)
          ? `tensor ${name}: dtype ${dtype} is not read here, only F32, I32 and U8`
          : `tensor ${name}: unknown dtype ${dtype}`
      )
    }
    const count = elements(shape)
    if (count === undefined) return fail(`tensor ${name}: shape [${shape.join(", ")}] is too large`)
    if (begin > end || end > dataLength) {
      return fail(`tensor ${name}: bytes ${begin} to ${end} are not within the ${dataLength} bytes of data`)
    }
    if (end - begin !== count * itemSize[dtype]) {
      return fail(
        `tensor ${name}: ${dtype} [${shape.join(", ")}] takes ${count * itemSize[dtype]} bytes, but its range has ${end - begin}`
      )
    }
    ranges.push({ name, begin, end })
    tensors.push([name, { shape, data: toArray(dtype, copy(bytes, 8 + headerLength + begin, 8 + headerLength + end)) }])
  }
  ranges.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let covered = 0
  let before = ""
  for (const { name, begin, end } of ranges) {
    if (begin < covered) return fail(`tensors ${before} and ${name} overlap`)
    if (begin > covered) return fail(`${begin - covered} bytes before tensor ${name} belong to no tensor`)
    covered = end
    before = name
  }
  if (covered !== dataLength) return fail(`${dataLength - covered} bytes at the end belong to no tensor`)
  return Result.succeed({ tensors: Object.fromEntries(tensors), metadata })
}
