// A classifier's data set as minnow reads it: the folder's tokenizer and labels, and a file.
import { labelsOf, openTokenizer, readConfig } from "../dist/hub/index.js";
import { taskNamed } from "../dist/tasks/index.js";

/** The items of `data` (a file, or file.json#key) for the model in `folder`, with the task that batches them. */
export async function openDataset(folder, data, { labelled = false, params = {} } = {}) {
  const task = taskNamed("text-classification");
  const config = readConfig(folder);
  const dataset = await task.load(data, task.params.parse(params), {
    model: folder,
    config,
    tokenizer: await openTokenizer(folder),
    labels: labelsOf(config, folder),
    maxLength: 512,
    folder: process.cwd(),
    labelled,
  });
  return { task, dataset };
}
