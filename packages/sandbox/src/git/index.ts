export { git, requireGit, spawnGit } from "./git.ts"
