import { syncBuiltinESMExports } from "node:module"
import { isMainThread } from "node:worker_threads"
import net from "node:net"
import os from "node:os"
import { hookVariable, outSocket, type HookEnvironment } from "./hook-environment.ts"
import { hookConnect } from "./hook-connect.ts"
import { hookFiles } from "./hook-files.ts"
import { hookListen } from "./hook-listen.ts"

// Loaded into every Node program of a pod before its own first line (`--require`), in worker threads as well. The
// program then listens and connects as in a network of its own.

const text = process.env[hookVariable]
if (text !== undefined) {
  const environment = JSON.parse(text) as HookEnvironment
  if (isMainThread) dieWithNode(environment.folder)
  os.hostname = () => process.env["HOSTNAME"] ?? ""
  hookFiles(environment)
  hookListen(environment)
  hookConnect(environment)
  syncBuiltinESMExports()
}

/** The kernel ties no lives together here: a connection to the node process does. */
function dieWithNode(folder: string): void {
  const life = net.connect(outSocket(folder))
  life.write(JSON.stringify({ life: true }) + "\n")
  life.on("error", () => life.destroy())
  life.on("close", () => process.kill(process.pid, "SIGKILL"))
  life.resume()
  life.unref()
}
