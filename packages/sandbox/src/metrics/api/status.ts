import { formatDuration } from "@serin/promql"
import { configText } from "../config-text.ts"
import { version } from "../version.ts"
import type { Handler } from "./context.ts"
import { queryTimeout } from "./queries.ts"

export const buildInfo: Handler = () => ({
  version,
  revision: "",
  branch: "",
  buildUser: "",
  buildDate: "",
  goVersion: "",
})

/** Without what only a Go program has. */
export const runtimeInfo: Handler = ({ started, retention }) => ({
  startTime: new Date(started).toISOString(),
  CWD: process.cwd(),
  reloadConfigSuccess: true,
  lastConfigTime: new Date(started).toISOString(),
  corruptionCount: 0,
  storageRetention: formatDuration(retention),
})

export const configuration: Handler = ({ config }) => ({ yaml: configText(config) })

/** The settings of a Prometheus that hold here too. */
export const flags: Handler = ({ engineOf, storage, retention }) => {
  const engine = engineOf(storage)
  return {
    "query.lookback-delta": formatDuration(engine.lookback),
    "query.max-samples": String(engine.maxSamples),
    "query.timeout": formatDuration(queryTimeout),
    "storage.tsdb.retention.time": formatDuration(retention),
    "web.enable-admin-api": "false",
    "web.enable-lifecycle": "false",
  }
}

/** Those that are configured. Nothing is sent to them: alerts are seen in the API and in their series. */
export const alertmanagers: Handler = ({ config }) => ({
  activeAlertmanagers: config.alerting.alertmanagers.flatMap(({ scheme, path_prefix, static_configs }) =>
    static_configs.flatMap(({ targets }) =>
      targets.map((target) => ({ url: `${scheme}://${target}${path_prefix.replace(/\/$/, "")}/api/v2/alerts` })),
    ),
  ),
  droppedAlertmanagers: [],
})
