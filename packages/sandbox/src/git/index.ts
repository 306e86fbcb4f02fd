export { git, requireGit, spawnGit, type GitRun } from "./git.ts"
