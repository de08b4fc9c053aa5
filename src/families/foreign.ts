// Model families of the transformers library that minnow does not load from a folder, so that their names
// are not taken for mistyped ones.

const others =
  "audio-spectrogram-transformer bart beit bert-generation big_bird bigbird_pegasus blip bloom canine " +
  "clip codegen convbert convnext ctrl data2vec-audio data2vec-text data2vec-vision deberta deit detr " +
  "dinov2 dpr encoder-decoder ernie ernie_m esm falcon flaubert fnet funnel gemma gemma2 gpt2 " +
  "gpt_bigcode gpt_neo gpt_neox gptj hubert ibert layoutlm layoutlmv2 layoutlmv3 led lilt llama longformer longt5 luke " +
  "lxmert m2m_100 marian markuplm mbart mega megatron-bert mistral mixtral mobilebert mpt mra mt5 mvp " +
  "nezha nystromformer opt pegasus perceiver phi phi3 plbart qdqbert qwen2 qwen3 reformer rembert resnet " +
  "roberta-prelayernorm roc_bert roformer speech_to_text splinter squeezebert stablelm swin t5 tapas " +
  "transfo-xl umt5 vilt vision-encoder-decoder visual_bert vit wav2vec2 whisper xglm xlm xlm-roberta-xl " +
  "xlnet xmod yolos yoso";

const known: ReadonlySet<string> = new Set(others.split(" "));

/** True for the `model_type` of another family that the transformers library has. */
export const isForeign = (modelType: unknown): boolean =>
  typeof modelType === "string" && known.has(modelType);
