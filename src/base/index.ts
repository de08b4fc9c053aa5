// The foundation that every folder may use: errors, refusals, seeded randomness, hashes, atomic files.

export { cacheFolder } from "./cache-folder.ts";
export { type Claim, takeClaim } from "./claim.ts";
export { contained, isWithin } from "./contained.ts";
export {
  AppError,
  defect,
  type ErrorDetails,
  type ErrorKind,
  exitCodes,
  isUnread,
  must,
  unread,
} from "./error.ts";
export { type Emit, type RunEvent, told } from "./events.ts";
export { asAppError, fileError } from "./file-error.ts";
export { copyFile, fingerprint, makeFolder, writeAtomic } from "./files.ts";
export { type Hashable, hash, hashInPieces } from "./hash.ts";
export type { Io } from "./io.ts";
export { asObject, type Json, parseJson, printJson } from "./json.ts";
export { grouped } from "./numbers.ts";
export { fitted, parseOptions, type Schema } from "./options.ts";
export { codeHash, minimumNode, packageFolder, version } from "./package.ts";
export { toldPath } from "./path.ts";
export { printable } from "./printable.ts";
export { type Holder, isAlive, isRunning } from "./process.ts";
export type { Change, Refusal } from "./refusal.ts";
export { fileState, openRegular, type ReadOptions, readRegular } from "./regular.ts";
export { type Rng, rng, rngFrom } from "./rng.ts";
export { spread } from "./sample.ts";
export { answerSignals, busy } from "./signals.ts";
export { readSize, sizeUnit, sizeUnits } from "./sizes.ts";
export { suggest, suggestion } from "./suggest.ts";
export { checkTarget, type Target } from "./target.ts";
