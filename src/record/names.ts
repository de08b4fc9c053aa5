// Names of stages.

/** The stages' names after the teacher, from the steps' methods in order: a second "prune.heads" is "prune.heads 2". */
export const stageNames = (methods: readonly string[]): readonly string[] =>
  methods.map((method, i) => {
    const before = methods.slice(0, i).filter((one) => one === method).length;
    return before === 0 ? method : `${method} ${before + 1}`;
  });
