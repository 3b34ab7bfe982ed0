/**
 * How PyTorch writes an ONNX file in which batch norm is still there: it merges it only in exports for evaluation. The
 * model is in evaluation mode all the same, because an export in training mode moves the running statistics.
 */
export const EXPORT_WITH_NORM =
  'model.eval(), then torch.onnx.export(model, x, "model.onnx", training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, dynamo=False) (before PyTorch 2.5 without dynamo=False)';
