export { ifMissing, listIfThere, readIfThere, removeIfThere, writeWhole } from "./whole-files.ts"
