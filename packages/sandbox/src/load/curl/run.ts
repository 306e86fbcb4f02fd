import { closeSync, openSync, writeSync } from "node:fs"
import { parseCurl, help } from "./arguments.ts"
import { CurlError, type CurlOptions } from "./options.ts"
import { buildRequest } from "./request.ts"
import { transfer, type Transferred, type TransferSink } from "./transfer.ts"
import { writeOut } from "./write-out.ts"

export interface Streams {
  readonly out: (bytes: Buffer | string) => void
  readonly err: (text: string) => void
}

/** Runs a command line of curl; gives the exit code. */
export async function runCurl(args: readonly string[], { out, err }: Streams): Promise<number> {
  let quiet = false
  try {
    const options = parseCurl(args)
    if (options === "help") {
      out(help)
      return 0
    }
    quiet = options.silent && !options.showError
    let code = 0
    for (const url of options.urls) code = (await fetchOne(url, options, { out, err })) || code
    return code
  } catch (error) {
    if (!(error instanceof CurlError)) throw error
    if (!quiet) err(`curl: (${error.code}) ${error.message}\n`)
    return error.code
  }
}

async function fetchOne(url: string, options: CurlOptions, { out, err }: Streams): Promise<number> {
  const request = buildRequest(url, options)
  const output = openOutput(options, out)
  let status = 0
  const sink: TransferSink = {
    note: (mark, text) => {
      if (options.verbose) err(`${mark} ${text}\n`)
    },
    head: (text) => {
      status = Number(text.split(" ", 2)[1])
      if (options.include || options.head) output.write(text)
    },
    body: (bytes) => {
      if (!(options.fail === "without-body" && status >= 400)) output.write(bytes)
    },
  }
  let done: Transferred
  try {
    done = await transfer(request, options, sink)
  } finally {
    output.close()
  }
  if (options.writeOut !== undefined) out(writeOut(options.writeOut, done))
  if (options.fail === "no" || done.status < 400) return 0
  throw new CurlError(22, `The requested URL returned error: ${done.status}`)
}

function openOutput({ output }: CurlOptions, out: Streams["out"]): { write: Streams["out"]; close: () => void } {
  if (output === undefined || output === "-") return { write: out, close: () => undefined }
  const file = openForWriting(output)
  return {
    write: (bytes) => void (typeof bytes === "string" ? writeSync(file, bytes) : writeSync(file, bytes)),
    close: () => closeSync(file),
  }
}

function openForWriting(path: string): number {
  try {
    return openSync(path, "w")
  } catch (error) {
    throw new CurlError(23, `Failed to open the file ${path}: ${String(error)}`)
  }
}
