/**
 * A writer of the protobuf wire format, as much of it as an ONNX model needs.
 *
 * https://protobuf.dev/programming-guides/encoding
 */

/** Appends fields to one message. */
export interface Writer {
  /** Wire type 0. An integer, |value| <= 2^53 - 1; negative ones take ten bytes, as int64 does. */
  readonly int: (field: number, value: number) => Writer
  /** Wire type 5, float32. */
  readonly float: (field: number, value: number) => Writer
  /** Wire type 1, float64. */
  readonly double: (field: number, value: number) => Writer
  /** Wire type 2. */
  readonly bytes: (field: number, value: Uint8Array) => Writer
  /** Wire type 2, UTF-8. */
  readonly string: (field: number, value: string) => Writer
  /** Wire type 2, an embedded message. */
  readonly message: (field: number, value: Writer) => Writer
  /** Wire type 2, packed varints. */
  readonly ints: (field: number, values: ReadonlyArray<number>) => Writer
  /** Wire type 2, packed float32. */
  readonly floats: (field: number, values: Float32Array) => Writer
  /** The message as it stands. */
  readonly finish: () => Uint8Array<ArrayBuffer>
}

/** An empty message. */
export const make = (): Writer => {
  const sink = makeSink()
  const tag = (field: number, wireType: 0 | 1 | 2 | 5) => sink.varint(field * 8 + wireType)
  const writer: Writer = {
    int(field, value) {
      tag(field, 0)
      sink.varint(value)
      return writer
    },
    float(field, value) {
      tag(field, 5)
      sink.append(littleEndian(Float32Array.of(value)))
      return writer
    },
    double(field, value) {
      tag(field, 1)
      sink.append(littleEndian(Float64Array.of(value)))
      return writer
    },
    bytes(field, value) {
      tag(field, 2)
      sink.varint(value.length)
      sink.append(value)
      return writer
    },
    string: (field, value) => writer.bytes(field, new TextEncoder().encode(value)),
    message: (field, value) => writer.bytes(field, value.finish()),
    ints(field, values) {
      const packed = makeSink()
      values.forEach(packed.varint)
      return writer.bytes(field, packed.finish())
    },
    floats: (field, values) => writer.bytes(field, littleEndian(values)),
    finish: sink.finish
  }
  return writer
}

/** The bytes of floats or 64-bit integers, least significant byte first on any machine. */
export const littleEndian = (values: Float32Array | Float64Array | BigInt64Array): Uint8Array => {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice()
  if (machineIsLittleEndian) return bytes
  for (let start = 0; start < bytes.length; start += values.BYTES_PER_ELEMENT) {
    bytes.subarray(start, start + values.BYTES_PER_ELEMENT).reverse()
  }
  return bytes
}

// internal

const machineIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Bytes that grow at the end. */
const makeSink = () => {
  let buffer = new Uint8Array(64)
  let length = 0
  const reserve = (count: number) => {
    if (length + count <= buffer.length) return
    const larger = new Uint8Array(Math.max(buffer.length * 2, length + count))
    larger.set(buffer.subarray(0, length))
    buffer = larger
  }
  return {
    varint: (value: number) => {
      reserve(10)
      if (value >= 0 && value < 0x80) {
        buffer[length++] = value
        return
      }
      let rest = BigInt.asUintN(64, BigInt(value))
      while (rest > 0x7fn) {
        buffer[length++] = Number(rest & 0x7fn) | 0x80
        rest >>= 7n
      }
      buffer[length++] = Number(rest)
    },
    append: (bytes: Uint8Array) => {
      reserve(bytes.length)
      buffer.set(bytes, length)
      length += bytes.length
    },
    finish: () => buffer.slice(0, length)
  }
}
