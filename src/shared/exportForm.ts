/** In which form an adapted model is downloaded: in the source's own files, or written anew. */
export const exportForms = ['source', 'layersModel', 'onnx', 'safetensors'] as const;
export type ExportForm = (typeof exportForms)[number];
