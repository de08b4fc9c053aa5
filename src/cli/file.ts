// The --file flag of commands that read a model.

export const fileFlag = {
  type: "string",
  describe:
    "file of the model's folder that is meant in place of its result: model.safetensors, onnx/model.onnx",
} as const;
