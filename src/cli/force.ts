// The --force flag of commands that write a folder.

export const forceFlag = {
  type: "boolean",
  default: false,
  describe:
    "write into a folder with files that minnow did not write, over those that the result has too; what is read is never overwritten",
} as const;
