export { startCollector } from "./collector.ts"
