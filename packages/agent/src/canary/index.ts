export { startCanaries, type Canaries } from "./start.ts"
