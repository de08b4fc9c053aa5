// What a failed call of the system, or a lack of memory, means to the user: by kind of failure, never a defect of minnow.
import { readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { AppError, type ErrorKind } from "./error.ts";
import { suggest } from "./suggest.ts";

/** What is wrong with the machine, and not with the path. */
const exhausted: ReadonlySet<string> = new Set([
  ...["ENOSPC", "EDQUOT", "EFBIG", "EIO", "ENXIO"],
  ...["ENOMEM", "EMFILE", "ENFILE", "EAGAIN", "ENOBUFS"],
]);

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission denied",
  EPERM: "the system does not permit it",
  EROFS: "the file system is read-only",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is not a folder",
  EEXIST: "something of another kind is there: a file, or a link that leads nowhere",
  ENOTEMPTY: "the folder is not empty",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "the path, or a name in it, is too long",
  EXDEV: "it lies on another file system",
  EBUSY: "it is in use",
  ETXTBSY: "it is in use",
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "it would be larger than a file may be here",
  EIO: "the disk failed",
  ENOMEM: "memory ran out",
  EMFILE: "too many files are open in this process",
  ENFILE: "too many files are open on this machine",
  EAGAIN: "the system has too little left for it",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB",
};

const hints: Readonly<Record<string, string>> = {
  EMFILE: "a larger ulimit -n lets a process open more",
  EFBIG: "ulimit -f and the file system bound the size of a file",
};

/** Whether Node refused the call before the system saw it, because of a NUL in the path. */
const hasNul = (cause: unknown, code: string): boolean =>
  code === "ERR_INVALID_ARG_VALUE" && cause instanceof Error && /null bytes/.test(cause.message);

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "unknown";

/** The error of a failed file operation: kind `resource` when the machine fails or is full, else `kind`. */
export function fileError(cause: unknown, path: string, what: string, kind: ErrorKind = "input"): AppError {
  if (cause instanceof AppError) return cause;
  const memory = memoryError(cause);
  if (memory) return memory;
  const code = codeOf(cause);
  const why = hasNul(cause, code)
    ? "a path cannot have a NUL character in it"
    : (reasons[code] ?? (cause instanceof Error ? cause.message : String(cause)));
  return new AppError(exhausted.has(code) ? "resource" : kind, `${what}: ${why}`, {
    ...(path !== "" && { path: path.replaceAll("\0", "\\0") }),
    facts: { code },
    cause,
    ...hintOf(cause, code),
  });
}

function hintOf(cause: unknown, code: string): { readonly hint?: string } {
  const near = code === "ENOENT" ? neighbour(cause) : undefined;
  const hint = near ? `did you mean ${JSON.stringify(near)}, which lies there?` : hints[code];
  return hint === undefined ? {} : { hint };
}

/** The name nearest to that of a file that is not there, in the folder where it was looked for. */
function neighbour(cause: unknown): string | undefined {
  if (!(cause instanceof Error && "path" in cause && typeof cause.path === "string")) return undefined;
  try {
    return suggest(basename(cause.path), readdirSync(dirname(cause.path)));
  } catch {
    return undefined;
  }
}

const readCalls = /^(open|read|stat|lstat|fstat|scandir|opendir|readdir|readlink|realpath|access|uv_cwd)$/;

/** Whatever was thrown as an AppError: a failed call of the system and a lack of memory by their kind, anything else a defect. */
export function asAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const error = cause instanceof Error ? cause : new Error(String(cause));
  return (
    memoryError(error) ??
    systemError(error) ??
    new AppError("internal", error.message, {
      hint: "this is a defect of minnow; please report it with the output of --debug",
      cause,
    })
  );
}

/** The error of a system call that nobody nearer has told; undefined for any other. */
function systemError(error: Error): AppError | undefined {
  const code = codeOf(error);
  const call = "syscall" in error && typeof error.syscall === "string" ? error.syscall : undefined;
  const path = "path" in error && typeof error.path === "string" ? error.path : "";
  if (call === "uv_cwd")
    return new AppError("input", "the current folder is no longer there, or cannot be read", {
      path: ".",
      hint: "change to a folder that is there",
      cause: error,
    });
  if (call === undefined && exhausted.has(code)) return fileError(error, path, "failed");
  if (call === undefined && !hasNul(error, code) && code !== "ERR_FS_FILE_TOO_LARGE") return undefined;
  if (call !== undefined && !/^E[A-Z0-9]+$/.test(code)) return undefined;
  if (path === "" && call !== undefined && !readCalls.test(call) && !exhausted.has(code)) return undefined;
  const writes = call !== undefined && !readCalls.test(call);
  return fileError(error, path, writes ? "cannot be written" : "cannot be read");
}

/** How Node, V8, WebAssembly and ONNX Runtime say that there is no memory. */
const noMemory =
  /array buffer allocation failed|could not allocate memory|failed to allocate memory|std::bad_alloc|bad allocation|invalid (typed )?array (buffer )?length|(map|set) maximum size exceeded|cannot allocate memory|allocation failed/i;
const noMemoryCodes = ["ERR_MEMORY_ALLOCATION_FAILED", "ERR_WORKER_OUT_OF_MEMORY", "ERR_BUFFER_TOO_LARGE"];

/** The AppError `resource` of a lack of memory; undefined for anything else. */
function memoryError(cause: unknown): AppError | undefined {
  if (!(cause instanceof Error) || cause instanceof AppError) return undefined;
  if (!noMemory.test(cause.message) && !noMemoryCodes.includes(codeOf(cause))) return undefined;
  const first = cause.message.split("\n")[0]?.slice(0, 200);
  return new AppError("resource", `memory ran out: ${first}`, {
    hint: "free memory, or use a smaller model or smaller batches",
    cause,
  });
}
