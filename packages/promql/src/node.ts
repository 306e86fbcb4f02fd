// What needs Node's own modules; everything else of the package does not.
import { nodeFiles } from "./storage/log/node-files.ts"
import type { LogLimits } from "./storage/log/log-writer.ts"
import { openLogged, type Logged } from "./storage/log/open-logged.ts"

export type { Logged, Recovery } from "./storage/log/open-logged.ts"

/**
 * A storage that outlives its process, in a folder of its own: what was appended is written at each `commit()`, and is there
 * again after a `kill -9`. One process at a time may have it. `retain` removes what is too old there too; `close()` at the end.
 */
export const openStorage = (folder: string, limits?: Partial<LogLimits>): Logged =>
  openLogged(nodeFiles(folder), limits)
