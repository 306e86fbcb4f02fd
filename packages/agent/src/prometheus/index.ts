export { createPrometheusClient, type PrometheusClient, type Sample } from "./client.ts"
