export { createPrometheusClient, queryErrorPosition, type PrometheusClient, type Sample } from "./client.ts"
