import type { FileBytes } from '../format';
import { isObject, isText, own, ownObject } from '../json';

/** What model.json of the studio's own says about where it is from. */
export const GENERATED_BY = 'SOCKET Studio';

const LARGEST_JSON = 2 ** 26;

/** Whether bytes are a JSON object's, judged by the first character. */
function startsLikeObject(bytes: Uint8Array): boolean {
  const head = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  return head.startsWith('{');
}

/**
 * What kind of TFJS model a file describes, whatever it is called: null if none. GraphModels are the frozen graphs
 * of TensorFlow; LayersModels know their layers.
 */
export function tfjsModelKind(file: FileBytes): 'layers' | 'graph' | null {
  if (file.bytes.length > LARGEST_JSON || !startsLikeObject(file.bytes)) return null;
  const text = new TextDecoder().decode(file.bytes);
  if (!text.includes('"modelTopology"')) return null;
  try {
    const model: unknown = JSON.parse(text);
    if (!isObject(model)) return null;
    const topology = ownObject(model, 'modelTopology');
    const format = own(model, 'format');
    const isGraph = own(topology, 'node') !== undefined || (isText(format) && format === 'graph-model');
    return isGraph ? 'graph' : 'layers';
  } catch {
    // Damaged JSON that names a topology: the reader says what is wrong with it.
    return 'layers';
  }
}
