import type { Labels } from "../../packages/promql/src/index.ts"

export interface Written {
  readonly labels: Labels
  /** Unix milliseconds, rising. */
  readonly times: readonly number[]
  readonly values: readonly number[]
}

/** Series of one request; each is some kilobytes. */
const seriesPerRequest = 500

/** Sends samples to a Prometheus that was started with `--web.enable-remote-write-receiver` (remote write 1.0). */
export async function remoteWrite(url: string, written: readonly Written[]): Promise<void> {
  for (let at = 0; at < written.length; at += seriesPerRequest) {
    const body = stored(Buffer.concat(written.slice(at, at + seriesPerRequest).map(timeSeries)))
    const response = await fetch(`${url}/api/v1/write`, {
      method: "POST",
      headers: {
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
        "x-prometheus-remote-write-version": "0.1.0",
      },
      body: Uint8Array.from(body),
    })
    if (!response.ok) throw new Error(`Prometheus took no samples: ${String(response.status)} ${await response.text()}`)
    await response.arrayBuffer()
  }
}

/** `repeated TimeSeries timeseries = 1`; in it `repeated Label labels = 1`, `repeated Sample samples = 2`. */
function timeSeries({ labels, times, values }: Written): Buffer {
  const pairs = labels.pairs.map(([name, value]) =>
    field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])),
  )
  const samples = times.map((time, index) => {
    const value = Buffer.alloc(9)
    // Field 1, a double; then field 2, an int64.
    value[0] = 9
    value.writeDoubleLE(values[index] ?? 0, 1)
    return field(2, Buffer.concat([value, Buffer.from([16]), varint(time)]))
  })
  return field(1, Buffer.concat([...pairs, ...samples]))
}

/** A field of bytes. */
const field = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([number * 8 + 2]), varint(bytes.length), bytes])

function varint(number: number): Buffer {
  const bytes: number[] = []
  let rest = number
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}

/** Snappy's block format without compression: the length, then one literal. */
function stored(bytes: Buffer): Buffer {
  const literal = Buffer.alloc(5)
  // A literal whose length − 1 follows in four bytes.
  literal[0] = 63 * 4
  literal.writeUInt32LE(bytes.length - 1, 1)
  return Buffer.concat([varint(bytes.length), literal, bytes])
}
