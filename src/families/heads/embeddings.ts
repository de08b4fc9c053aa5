// The hidden states themselves, and the vector of a text where modules.json says how it is made of them.
import { tokens } from "../blocks.ts";
import { defineHead } from "./define.ts";
import { pooled, poolingOf } from "./pooling.ts";

export const embeddings = defineHead({
  name: "embeddings",
  architectures: ["Model"],
  answers: "a vector for each text",
  reads: () => "all",
  build(scope, hidden, { ports, assets, sizes }) {
    const states = tokens(scope, hidden.rows, hidden.shapes);
    const pooling = poolingOf(assets, sizes.hidden);
    if (!pooling) return { last_hidden_state: states };
    return { last_hidden_state: states, sentence_embedding: pooled(scope, states, ports, pooling) };
  },
});
