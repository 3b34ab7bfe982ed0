/**
 * Text that came from a file or a folder, made safe to look at: control characters, and the characters that turn the
 * reading direction round, are written as their escape (`\u202e`), so that a name cannot pose as another one.
 */
export function visibleText(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Bidi_Control}\u200b\u2028\u2029\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
