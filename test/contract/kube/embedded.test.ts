import { judgeEmbedded } from "../harness/embedded-tests.ts"
import { kubeContract } from "./contract.ts"
import { startEmbedded } from "./embedded.ts"
import { whyNoKubectl } from "./kubectl-binary.ts"
import { prepare } from "./prepare.ts"

const without = whyNoKubectl()
if (without !== undefined) console.warn(`Cases with kubectl are skipped: ${without}.`)

judgeEmbedded(kubeContract(), async () => {
  const target = await startEmbedded({ kubectl: without === undefined })
  await prepare(target)
  return target
})
