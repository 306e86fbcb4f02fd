export { authorOf, causeOf } from "./author.ts"
export { heads } from "./find.ts"
export { startReleases, type Releases } from "./start.ts"
export { submit, type SubmitOutcome } from "./submit.ts"
