import { StudioError } from '../../shared/failure';

/**
 * A file whose content contradicts itself or ends early.
 * @param kind without its article: `PNG image`
 * @param fault completes "x is a damaged ...: "
 */
export function damagedImage(kind: string, name: string, fault: string): StudioError {
  return new StudioError({
    code: 'damaged-file',
    message: `${name} is a damaged ${kind}: ${fault}.`,
    remedy: 'Copy the file again from its source, or leave it out.',
  });
}

/**
 * A sound file that cannot be used.
 * @param kind without its article: `JPEG image`
 * @param what completes "x is a JPEG image with "
 */
export function unsupportedImage(kind: string, name: string, what: string, remedy: string): StudioError {
  return new StudioError({
    code: 'unsupported-format',
    message: `${name} is a ${kind} with ${what}, which cannot be used.`,
    remedy,
  });
}
