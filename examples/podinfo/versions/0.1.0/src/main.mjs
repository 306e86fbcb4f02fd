import { readFileSync } from "node:fs"
import { createService } from "./service.mjs"

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
const port = Number(process.env.PORT ?? 9898)
const drainSeconds = Number(process.env.DRAIN_SECONDS ?? 2)

const log = (message, fields = {}) => console.log(JSON.stringify({ at: new Date().toISOString(), message, ...fields }))
const service = createService({ version, log })

service.server.listen(port, () => log("listening", { port: service.server.address().port, version }))

let stopping = false
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    log("stopping", { signal, drainSeconds })
    // Not ready first, and still answering: whoever balances the load needs a moment to notice.
    service.unready()
    setTimeout(() => void stop(), drainSeconds * 1000)
  })
}

async function stop() {
  await service.close()
  log("stopped")
  process.exit(0)
}
