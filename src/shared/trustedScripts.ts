/** What is used of Trusted Types, which TypeScript's library does not know yet. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => string };
}

/**
 * Makes addresses of worker scripts acceptable to `new Worker` under the studio's headers: through the one Trusted Types
 * policy that they allow, which lets scripts of this origin through and nothing else. Call it once a page and once a
 * worker: a second policy of the same name is refused.
 *
 * @returns a function from address to address; it throws TypeError for another origin.
 */
export function createScriptPolicy(): (url: string) => string {
  const allow = (url: string): string => {
    if (new URL(url, location.href).origin === location.origin) return url;
    throw new TypeError(`A worker must come from ${location.origin}, not from ${url}.`);
  };
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (!trustedTypes) return allow;
  const policy = trustedTypes.createPolicy('studio-worker', { createScriptURL: allow });
  return (url) => policy.createScriptURL(url);
}
