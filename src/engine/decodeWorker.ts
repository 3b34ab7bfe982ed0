import { decodeImage } from '../formats/images/registry';
import type { RawImage } from '../formats/images/format';
import { StudioError } from '../shared/failure';
import type { Failure } from '../shared/failure';

/** An image file to decode. */
export interface DecodeRequest {
  readonly id: number;
  readonly blob: Blob;
  readonly path: string;
}

/** `error` is what the browser threw when it could not read the file; it is cloned with its name. */
export type DecodeReply =
  | { readonly kind: 'image'; readonly id: number; readonly image: RawImage }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'error'; readonly id: number; readonly error: Error };

async function decode({ id, blob, path }: DecodeRequest): Promise<DecodeReply> {
  try {
    return { kind: 'image', id, image: await decodeImage(new Uint8Array(await blob.arrayBuffer()), path) };
  } catch (thrown) {
    if (thrown instanceof StudioError) return { kind: 'failure', id, failure: thrown.failure };
    return { kind: 'error', id, error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }
}

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
scope.onmessage = ({ data }: MessageEvent<DecodeRequest>) => {
  void decode(data).then((reply) => {
    // The pixels change hands, they are not copied.
    const transfer = reply.kind === 'image' ? [reply.image.samples.buffer as ArrayBuffer] : [];
    scope.postMessage(reply, transfer);
  });
};
